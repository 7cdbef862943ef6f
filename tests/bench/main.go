package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// settings of a run.
type settings struct {
	rounds   int
	duration time.Duration
	wrk      string // path of wrk
	scratch  string // folder for binaries, logs and scripts
}

func main() {
	var s settings
	flag.IntVar(&s.rounds, "rounds", 5, "how often each workload is measured")
	flag.DurationVar(&s.duration, "duration", 3*time.Second, "how long each measurement takes, in whole seconds")
	list := flag.String("workloads", "", "comma-separated names (default all)")
	file := flag.String("json", "", "write every sample to this file")
	pkg := flag.String("server", serverPackage, "the package to measure; it has to take -port")
	onlyMemory := flag.Bool("memory", false, "measure the memory after 10^5 and 10^6 plain requests instead")
	onlyStartup := flag.Bool("startup", false, "measure the time to the first answer instead")
	onlyCodec := flag.Bool("codec", false, "measure JSON into and out of Python beside orjson instead")
	onlyMiddleware := flag.Bool("middleware", false, "measure what each middleware costs instead")
	onlyStreams := flag.Bool("streams", false, "measure the memory of 20,000 event streams and of 10,000 WebSockets instead")
	onlyMixed := flag.Bool("mixed", false, "measure workloads beside others in the same server instead")
	onlyEngines := flag.String("engines", "", "compare the engines of cpython and gopython3 on this `python` instead")
	site := flag.String("site", "", "for -codec: a folder with orjson for the embedded Python")
	flag.Parse()

	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	mode := func(ctx context.Context, server, control program) error {
		switch {
		case *onlyStartup:
			return startup(ctx, os.Stdout, s.scratch, server, control)
		case *onlyMixed:
			return together(ctx, s, server, control, func(p pair) error { return mixed(ctx, os.Stdout, s, p) })
		case *onlyMemory:
			return together(ctx, s, server, control, func(p pair) error { return memory(ctx, os.Stdout, s, p) })
		}
		return together(ctx, s, server, control, func(p pair) error { return bench(ctx, s, p, *list, *file) })
	}
	var err error
	switch {
	case *onlyCodec:
		err = codec(ctx, os.Stdout, s.rounds, *site)
	case *onlyEngines != "":
		err = run(ctx, &s, *pkg, func(ctx context.Context, _, _ program) error {
			return engines(ctx, os.Stdout, s, *onlyEngines)
		})
	case *onlyStreams:
		err = run(ctx, &s, *pkg, func(ctx context.Context, server, _ program) error {
			return streams(ctx, os.Stdout, s, server)
		})
	case *onlyMiddleware:
		err = run(ctx, &s, *pkg, func(ctx context.Context, server, _ program) error {
			return middlewares(ctx, os.Stdout, s, server)
		})
	default:
		err = run(ctx, &s, *pkg, mode)
	}
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run builds both programs and hands them to a mode of measuring.
func run(ctx context.Context, s *settings, pkg string, mode func(ctx context.Context, server, control program) error) (err error) {
	if err := supported(); err != nil {
		return err
	}
	if s.rounds < 1 || s.duration < time.Second {
		return errors.New("-rounds must be at least 1 and -duration at least 1s")
	}
	if s.wrk, err = findWrk(); err != nil {
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if s.scratch, err = os.MkdirTemp("", "spikard-bench-*"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.scratch)) }()
	server, err := build(ctx, root, pkg, "server", s.scratch)
	if err != nil {
		return err
	}
	control, err := build(ctx, root, controlPackage, "gin", s.scratch)
	if err != nil {
		return err
	}
	return mode(ctx, server, control)
}

// together runs f while both programs run.
func together(ctx context.Context, s settings, server, control program, f func(pair) error) error {
	ours, err := server.start(ctx, s.scratch)
	if err != nil {
		return err
	}
	defer ours.stop()
	other, err := control.start(ctx, s.scratch)
	if err != nil {
		return err
	}
	defer other.stop()
	return f(pair{server: ours, control: other})
}

// bench compares the programs and prints the outcome.
func bench(ctx context.Context, s settings, p pair, list, file string) error {
	chosen, err := choose(list)
	if err != nil {
		return err
	}
	result, err := compare(ctx, os.Stderr, s, p, chosen)
	if err != nil {
		return err
	}
	if err := result.print(os.Stdout); err != nil {
		return err
	}
	if file == "" {
		return nil
	}
	text, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
