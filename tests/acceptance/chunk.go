package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// Chunk is one part of a stream: text, in which escapes stand for what can't be
// seen, another value, which is sent as JSON, or bytes.
type Chunk struct {
	Type   string `json:"type"`
	Value  any    `json:"value"`
	Base64 string `json:"base64"`
	// Repeat is how many times the part has what is written of it: 0 is once. Only
	// the own cases have it.
	Repeat int `json:"repeat"`
}

// content is what the part has on the wire, ahead of its repetition.
func (c Chunk) content() ([]byte, error) {
	if c.Type == "bytes" {
		raw, err := base64.StdEncoding.DecodeString(c.Base64)
		if err != nil {
			return nil, fmt.Errorf("a chunk: %w", err)
		}
		return raw, nil
	}
	if text, ok := c.Value.(string); ok {
		return []byte(unescaped(text)), nil
	}
	return json.Marshal(c.Value)
}

// literal is the part as Python source.
func (c Chunk) literal() (string, error) {
	content, err := c.content()
	if err != nil {
		return "", err
	}
	text := pythonString(string(content))
	if c.Type == "bytes" {
		text = pythonBytes(content)
	}
	if c.Repeat > 1 {
		text += fmt.Sprintf(" * %d", c.Repeat)
	}
	return text, nil
}

// joined is what the chunks are on the wire, one behind the other.
func joined(chunks []Chunk) ([]byte, error) {
	var out []byte
	for _, c := range chunks {
		content, err := c.content()
		if err != nil {
			return nil, err
		}
		out = append(out, bytes.Repeat(content, max(c.Repeat, 1))...)
	}
	return out, nil
}

// pythonBytes writes bytes as Python source.
func pythonBytes(raw []byte) string {
	var b strings.Builder
	for _, one := range raw {
		fmt.Fprintf(&b, `\x%02x`, one)
	}
	return `b"` + b.String() + `"`
}
