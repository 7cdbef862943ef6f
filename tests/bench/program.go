package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// The packages that are measured, below the module's root.
const (
	serverPackage  = "./tests/bench/server"
	controlPackage = "./tests/bench/gin"
)

// program is one of those that are compared, with variables that it is given
// besides the environment.
type program struct {
	name, binary string
	env          []string
}

// build compiles a package of the module into dir.
func build(ctx context.Context, root, pkg, name, dir string) (program, error) {
	binary := filepath.Join(dir, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, pkg)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return program{}, fmt.Errorf("go build %s: %w\n%s", pkg, err, out)
	}
	return program{name: name, binary: binary}, nil
}

// moduleRoot is the folder of the module's go.mod.
func moduleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	file := string(out[:max(0, len(out)-1)])
	if file == "" || file == os.DevNull {
		return "", errors.New("run this inside the module")
	}
	return filepath.Dir(file), nil
}

// child is a running program.
type child struct {
	program
	base    string
	pid     int
	startup time.Duration // from exec to the first 200
	cmd     *exec.Cmd
	ended   chan struct{}
	log     *os.File
}

// startLimit is what a program may take to its first answer: a first start may
// have to unpack an embedded Python.
const startLimit = 30 * time.Second

// start runs a program and waits for its first 200. Its output goes to a file
// in dir.
//
// # Errors
//
// A program that ends or does not answer in time is an error with the end of
// its output; nothing is left running.
func (p program) start(ctx context.Context, dir string) (*child, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, p.name+".log"))
	if err != nil {
		return nil, err
	}
	c := &child{program: p, base: "http://127.0.0.1:" + strconv.Itoa(port), ended: make(chan struct{}), log: log}
	c.cmd = exec.Command(p.binary, "-port", strconv.Itoa(port))
	c.cmd.Dir, c.cmd.Stdout, c.cmd.Stderr = dir, log, log
	c.cmd.Env = append(os.Environ(), p.env...)
	began := time.Now()
	if err := c.cmd.Start(); err != nil {
		log.Close()
		return nil, err
	}
	c.pid = c.cmd.Process.Pid
	go func() {
		defer close(c.ended)
		// The exit status says nothing that the output does not: stop ends it.
		_ = c.cmd.Wait()
	}()
	if err := c.awaitFirstAnswer(ctx); err != nil {
		c.stop()
		return nil, fmt.Errorf("%s: %w\n%s", p.name, err, tail(log.Name()))
	}
	c.startup = time.Since(began)
	return c, nil
}

func (c *child) awaitFirstAnswer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	client := checking()
	for {
		resp, err := client.Get(c.base + "/plain")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusUnauthorized {
				return nil // the second where it was told to ask for credentials
			}
		}
		select {
		case <-c.ended:
			return errors.New("ended before its first answer")
		case <-ctx.Done():
			if err == nil {
				err = errors.New(resp.Status)
			}
			return fmt.Errorf("no 200 from /plain: %w", err)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// stop ends the program, by force if it does not go.
func (c *child) stop() {
	// An error means that it has ended already.
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.ended:
	case <-time.After(10 * time.Second):
		_ = c.cmd.Process.Kill()
		<-c.ended
	}
	c.log.Close()
}

// freePort gives a port that nobody listens on at the moment.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// tail is the end of a program's output.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}
