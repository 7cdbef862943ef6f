package main

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// decodeBody undoes the codings of a Content-Encoding header, the last one
// first (RFC 9110, section 8.4).
//
// # Errors
//
// A coding that is not known, and a body that is not what its header says.
func decodeBody(codings string, body []byte) ([]byte, error) {
	names := strings.Split(codings, ",")
	for i := len(names) - 1; i >= 0; i-- {
		name := strings.ToLower(strings.TrimSpace(names[i]))
		plain, err := decodeOne(name, body)
		if err != nil {
			return nil, fmt.Errorf("content-encoding %s: %w", name, err)
		}
		body = plain
	}
	return body, nil
}

func decodeOne(coding string, body []byte) ([]byte, error) {
	in := bytes.NewReader(body)
	switch coding {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		return readCoded(gzip.NewReader(in))
	case "br":
		return io.ReadAll(brotli.NewReader(in))
	case "zstd":
		return readZstd(in)
	case "deflate":
		// Some servers leave out the zlib wrapper that the RFC wants.
		if plain, err := readCoded(zlib.NewReader(in)); err == nil {
			return plain, nil
		}
		return io.ReadAll(flate.NewReader(bytes.NewReader(body)))
	}
	return nil, fmt.Errorf("no decoder")
}

func readCoded(r io.Reader, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func readZstd(in io.Reader) ([]byte, error) {
	r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// checkCoding says whether the body is coded as its header says. It is not for
// answers whose handler sets the header itself.
func checkCoding(got *answer) error {
	if got.method == "HEAD" || !statusAllowsBody(got.status) {
		return nil
	}
	_, err := decodeBody(strings.Join(got.header.Values("Content-Encoding"), ","), got.body)
	return err
}
