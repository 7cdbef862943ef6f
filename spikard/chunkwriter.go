package spikard

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// chunkWriter writes the body of an answer of HTTP/1.1 to a connection that was taken
// over from net/http, whose header is out (RFC 9112, section 7.1).
type chunkWriter struct {
	conn    net.Conn
	reading sync.WaitGroup
}

// takeOver takes the connection of an answer in chunks. gone is called when the
// client closes it.
func takeOver(w http.Hijacker, gone func()) (*chunkWriter, error) {
	conn, buffers, err := w.Hijack()
	if err != nil {
		return nil, err
	}
	if err := buffers.Flush(); err != nil {
		_ = conn.Close() // it is of no use
		return nil, fmt.Errorf("take a connection over: %w", err)
	}
	c := &chunkWriter{conn: conn}
	c.reading.Go(func() { c.listen(gone) })
	return c, nil
}

// listen waits for the client to leave. What it sends after its request is nobody's:
// the connection ends with the answer.
func (c *chunkWriter) listen(gone func()) {
	var one [1]byte
	for {
		if _, err := c.conn.Read(one[:]); err != nil {
			gone()
			return
		}
	}
}

// write writes one chunk at once: a client that waits for it need not wait for the
// rest of it.
func (c *chunkWriter) write(data []byte) error {
	out := make([]byte, 0, len(data)+16)
	out = strconv.AppendInt(out, int64(len(data)), 16)
	out = append(out, "\r\n"...)
	out = append(out, data...)
	out = append(out, "\r\n"...)
	_, err := c.conn.Write(out)
	return err
}

// end writes the last chunk, which tells that the answer is whole.
func (c *chunkWriter) end(trailer http.Header) error {
	out := bufio.NewWriterSize(c.conn, 256)
	_, _ = out.WriteString("0\r\n") // errors stay until Flush
	_ = trailer.Write(out)
	_, _ = out.WriteString("\r\n")
	return out.Flush()
}

// close closes the connection, and waits until nobody listens to it.
func (c *chunkWriter) close() {
	_ = c.conn.Close() // whoever reads has what there is
	c.reading.Wait()
}

// hurry bounds what is being written.
func (c *chunkWriter) hurry(limit time.Duration) { _ = c.conn.SetWriteDeadline(time.Now().Add(limit)) }
