package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// crowd is a kind of client that stays.
type crowd struct {
	name   string
	count  int
	hello  string // the request
	heard  string // what an answer's part has that tells the client is served
	repeat time.Duration
	say    string // what the client says as often; empty: it only listens
}

// handshake asks for a WebSocket, with the key of RFC 6455, section 1.2.
const handshake = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

// tick is a text message, masked with zeros (RFC 6455, section 5.2).
const tick = "\x81\x85\x00\x00\x00\x00tick\n"

// crowds are what the server's memory is measured with.
func crowds() []crowd {
	return []crowd{
		{"server-sent events", 20_000, "GET /ticks HTTP/1.1\r\nHost: bench\r\n\r\n", "data: tick", 5 * time.Second, ""},
		{"WebSockets", 10_000, "GET /socket HTTP/1.1\r\nHost: bench\r\n" + handshake + "\r\n", "tick", 5 * time.Second, tick},
	}
}

// streams opens a crowd of streams and one of sessions, apart, each with a heartbeat
// that Python sends, and tells what one of them takes of the server's memory.
func streams(ctx context.Context, out io.Writer, s settings, server program) error {
	for _, c := range crowds() {
		c.count = min(c.count, openFiles()-spareFiles)
		if err := c.measure(ctx, out, s, server); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// spareFiles are those that a program has open besides its connections.
const spareFiles = 64

func (c crowd) measure(ctx context.Context, out io.Writer, s settings, server program) error {
	running, err := server.start(ctx, s.scratch)
	if err != nil {
		return err
	}
	defer running.stop()
	before, err := residentBytes(running.pid)
	if err != nil {
		return err
	}
	cpu, err := cpuTime(running.pid)
	if err != nil {
		return err
	}
	members := &members{address: strings.TrimPrefix(running.base, "http://"), crowd: c}
	defer members.leave()
	began := time.Now()
	if err := members.come(ctx); err != nil {
		return err
	}
	opened := time.Since(began)
	used, err := cpuTime(running.pid)
	if err != nil {
		return err
	}
	// All have been served twice more, and the collector has had its time.
	if err := members.hear(ctx, 3, 6*c.repeat); err != nil {
		return err
	}
	after, err := residentBytes(running.pid)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d %s: %.1f KB each (RSS %s, %s before them), opened in %v with %v CPU\n", c.count, c.name,
		float64(after-before)/float64(c.count)/1e3, megabytes(after), megabytes(before),
		opened.Round(10*time.Millisecond), (used - cpu).Round(10*time.Millisecond))
	return nil
}

// members are the clients of a crowd.
type members struct {
	crowd

	address string
	conns   []net.Conn
	ended   sync.WaitGroup
	beats   [4]atomic.Int64 // how many have heard once, twice, ...
	lost    atomic.Int64
}

// come opens the connections, a few at a time, and waits until each has heard from
// the server.
func (m *members) come(ctx context.Context) error {
	for i := range m.count {
		conn, err := net.Dial("tcp", m.address)
		if err != nil {
			return fmt.Errorf("connection %d: %w; the limit of open files may be too low (ulimit -n)", i+1, err)
		}
		m.conns = append(m.conns, conn)
		if _, err := io.WriteString(conn, m.hello); err != nil {
			return err
		}
		m.ended.Go(func() { m.listen(conn) })
		if m.say != "" {
			m.ended.Go(func() { m.talk(conn) })
		}
		if i%200 == 199 {
			if err := m.wait(ctx, 0, int64(i+1), 30*time.Second); err != nil {
				return err
			}
		}
	}
	return m.hear(ctx, 1, 30*time.Second)
}

func (m *members) talk(conn net.Conn) {
	for {
		if _, err := io.WriteString(conn, m.say); err != nil {
			return
		}
		time.Sleep(m.repeat)
	}
}

func (m *members) listen(conn net.Conn) {
	reader := bufio.NewReaderSize(conn, 256)
	heard := 0
	for {
		line, err := reader.ReadString('\n')
		if err != nil && line == "" {
			m.lost.Add(1)
			return
		}
		if strings.Contains(line, m.heard) && heard < len(m.beats) {
			m.beats[heard].Add(1)
			heard++
		}
	}
}

// hear waits until all have heard so many beats.
func (m *members) hear(ctx context.Context, beats int, limit time.Duration) error {
	return m.wait(ctx, beats-1, int64(m.count), limit)
}

func (m *members) wait(ctx context.Context, beat int, count int64, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for m.beats[beat].Load() < count {
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%d of %d have heard beat %d, %d connections were lost",
				m.beats[beat].Load(), count, beat+1, m.lost.Load()), ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

func (m *members) leave() {
	for _, conn := range m.conns {
		_ = conn.Close() // it is to be gone
	}
	m.ended.Wait()
}
