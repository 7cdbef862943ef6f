package spikard

import (
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/spikard/spikard-go/pybridge"
)

// bodyPart is the most that is read of a body at once.
const bodyPart = 64 << 10

// bodyReader reads a request's body in parts, for a handler that asks for them.
type bodyReader struct{ reading sync.WaitGroup }

// receive reads the next part on a goroutine of its own, so that whoever asks does
// not wait for the client. To take the question back ends the body: what the client
// still sends can't be told from what it would have been asked for.
func (b *bodyReader) receive(x *exchange, done func(pybridge.Message, error)) func() {
	b.reading.Go(func() { done(readPart(x)) })
	return func() {
		_ = http.NewResponseController(x.c.Writer).SetReadDeadline(time.Now())
	}
}

func readPart(x *exchange) (pybridge.Message, error) {
	part := make([]byte, bodyPart)
	for {
		n, err := x.Body().Read(part)
		switch {
		case n > 0: // an error comes again
			return pybridge.Message{Kind: pybridge.MessagePart, Data: part[:n]}, nil
		case err == io.EOF:
			return pybridge.Message{Kind: pybridge.MessageEnd}, nil
		case err != nil:
			return pybridge.Message{}, x.bodyProblem(err)
		}
	}
}

// wait waits for the part that is being read.
func (b *bodyReader) wait() { b.reading.Wait() }
