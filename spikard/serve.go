package spikard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/spikard/spikard-go/middleware"
)

// serve opens the listener and accepts connections until the undo step drains
// them.
func (r *running) serve(handler http.Handler) error {
	listener, err := listen(r.config)
	if err != nil {
		return err
	}
	requests, giveUp := context.WithCancel(context.Background())
	gate := newGate()
	r.requests, r.gate = requests, gate
	r.hurry = func() {
		giveUp()
		r.hasten()
	}
	r.handler = &front{next: handler, gate: gate}
	if r.config.RequestTimeout > 0 {
		r.handler = middleware.Detach(r.handler)
	}
	server := &http.Server{
		Handler:           r.handler,
		ReadHeaderTimeout: r.config.ReadHeaderTimeout,
		ReadTimeout:       r.config.ReadTimeout,
		WriteTimeout:      r.config.WriteTimeout,
		IdleTimeout:       r.config.IdleTimeout,
		MaxHeaderBytes:    r.config.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(r.config.Logger.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
	r.addr = listener.Addr().String()
	r.config.Logger.Info("serving", "address", r.url())

	ended := make(chan struct{})
	go func() {
		defer close(ended)
		err := r.accept(server, listener)
		if !errors.Is(err, http.ErrServerClosed) {
			r.config.Logger.Error("the listener failed, so the server stops", "address", r.addr, "error", err)
			r.server.onFailure()
		}
	}()
	r.onUndo("drain", func(ctx context.Context) error {
		defer giveUp()
		r.stopping.Store(true)
		r.streams.stop()
		r.drain(ctx, requests, server, gate)
		<-ended
		return nil
	})
	return nil
}

func (r *running) accept(server *http.Server, listener net.Listener) error {
	if r.config.TLSCertFile != "" {
		return server.ServeTLS(listener, r.config.TLSCertFile, r.config.TLSKeyFile)
	}
	return server.Serve(listener)
}

func (r *running) url() string {
	switch {
	case r.config.UnixSocket != "":
		return "unix:" + r.addr
	case r.config.TLSCertFile != "":
		return "https://" + r.addr
	}
	return "http://" + r.addr
}

// drain lets the requests in flight end until the deadline, then ends their
// contexts, and waits for their handlers, since Python must not be closed
// under them.
func (r *running) drain(ctx, requests context.Context, server *http.Server, gate *gate) {
	limit, byFx := r.stopLimit(ctx)
	drained, cancel := context.WithDeadline(context.WithoutCancel(ctx), limit)
	defer cancel()
	defer context.AfterFunc(requests, cancel)()
	if err := server.Shutdown(drained); err == nil {
		gate.close(drained)
		return
	}
	log := r.config.Logger
	switch {
	case requests.Err() != nil:
		log.Warn("drain ended early", "requests", gate.inside())
	case byFx:
		log.Warn("fx's stop deadline ends the drain before Config.ShutdownTimeout does: "+
			"pass fx.StopTimeout to fx.New, or lower ShutdownTimeout",
			"requests", gate.inside(), "shutdown_timeout", r.config.ShutdownTimeout,
			"fx_stop_timeout_needed", r.config.ShutdownTimeout+2*finishing)
	default:
		log.Warn("requests did not end within Config.ShutdownTimeout",
			"requests", gate.inside(), "shutdown_timeout", r.config.ShutdownTimeout)
	}
	r.hurry()
	_ = server.Close()
	last, cancelLast := context.WithTimeout(context.WithoutCancel(ctx), finishing/3)
	defer cancelLast()
	if !gate.close(last) {
		log.Error("handlers are still running after their requests were cancelled", "requests", gate.inside())
	}
}

// listenError says why an address can't be listened on.
func listenError(what string, err error, advice string) error {
	return fmt.Errorf("listen on %s: %w; %s", what, err, advice)
}
