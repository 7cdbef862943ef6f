package spikard

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"
)

// listen opens the listener that a configuration asks for. What can be known
// to fail at the first connection fails here.
func listen(c Config) (net.Listener, error) {
	if c.TLSCertFile != "" {
		if _, err := tls.LoadX509KeyPair(c.TLSCertFile, c.TLSKeyFile); err != nil {
			return nil, fmt.Errorf("config: TLSCertFile %s and TLSKeyFile %s: %w", c.TLSCertFile, c.TLSKeyFile, err)
		}
	}
	if c.UnixSocket != "" {
		return listenUnix(c.UnixSocket)
	}
	listener, err := net.Listen("tcp", c.Addr)
	switch {
	case err == nil:
		return listener, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, listenError(c.Addr, err, "end the program that listens there, or set Config.Addr to another "+
			"address (port 0 takes a free one)")
	case errors.Is(err, syscall.EACCES):
		return nil, listenError(c.Addr, err, "ports below 1024 need a privilege: set Config.Addr to a higher one")
	}
	return nil, listenError(c.Addr, err, "Config.Addr has to be an address of this machine")
}

// socketMode lets the owner and the group connect: a proxy in front runs as
// another user of the same group.
const socketMode = 0o660

func listenUnix(path string) (net.Listener, error) {
	if err := removeStale(path); err != nil {
		return nil, listenError("unix:"+path, err, "remove the file, or set Config.UnixSocket to another path")
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, listenError("unix:"+path, err, "the folder has to exist and be writable")
	}
	if err := os.Chmod(path, socketMode); err != nil {
		return nil, errors.Join(listenError("unix:"+path, err, "its mode can't be set"), listener.Close())
	}
	return listener, nil
}

// removeStale removes the socket of a server that is gone, and nothing else.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("the file exists and is no socket")
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		return errors.Join(errors.New("another program listens there"), conn.Close())
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}
