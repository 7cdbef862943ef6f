package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// answer is what came back for one request, as it was on the wire.
type answer struct {
	method string
	status int
	header http.Header
	body   []byte
}

// content is the body without its coding. A handler may also label plain bytes
// as coded: those are taken as they are.
func (a *answer) content() []byte {
	plain, err := decodeBody(strings.Join(a.header.Values("Content-Encoding"), ","), a.body)
	if err != nil {
		return a.body
	}
	return plain
}

// json decodes the body, which must be one JSON value and nothing else.
func (a *answer) json() (any, error) {
	d := json.NewDecoder(bytes.NewReader(a.content()))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("the answer is no JSON (%w): %s", err, a.excerpt())
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("the answer goes on after its JSON value: %s", a.excerpt())
	}
	return v, nil
}

// excerpt shows the body in a message.
func (a *answer) excerpt() string { return excerpt(string(a.content())) }

func (a *answer) isJSON() bool {
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	return kind == "application/json" || strings.HasSuffix(kind, "+json")
}

// checkBody compares the body. An expected string is the body's text, or its
// JSON value where the answer says that it is JSON.
func checkBody(expect Expect, got *answer) error {
	if expect.ErrorsSubset != nil {
		if err := checkSubset(expect, got); err != nil {
			return err
		}
	}
	if expect.Body == nil {
		return nil
	}
	if text, ok := expect.Body.(string); ok && (!got.isJSON() || len(got.body) == 0 || string(got.content()) == text) {
		if string(got.content()) != text && !(text == present && len(got.body) > 0) {
			return fmt.Errorf("body is %q, want %q", got.excerpt(), excerpt(text))
		}
		return nil
	}
	value, err := got.json()
	if err != nil {
		return err
	}
	if diff := differBody(expect.Body, value); diff != "" {
		return fmt.Errorf("%s", diff)
	}
	return nil
}

// differBody compares JSON bodies, and the errors of a problem by their own
// rule.
func differBody(want, got any) string {
	w, wok := want.(map[string]any)
	g, gok := got.(map[string]any)
	wantErrors, listed := w["errors"].([]any)
	gotErrors, given := g["errors"].([]any)
	if !wok || !gok || !listed || !given || w["status"] == nil {
		return differ(want, got, "body")
	}
	if diff := differ(without(w, "errors"), without(g, "errors"), "body"); diff != "" {
		return diff
	}
	return differErrors(wantErrors, gotErrors)
}

func without(object map[string]any, name string) map[string]any {
	rest := make(map[string]any, len(object))
	for k, v := range object {
		if k != name {
			rest[k] = v
		}
	}
	return rest
}

func checkSubset(expect Expect, got *answer) error {
	value, err := got.json()
	if err != nil {
		return err
	}
	object, _ := value.(map[string]any)
	entries, _ := object["errors"].([]any)
	if diff := differSubset(expect.ErrorsSubset, entries); diff != "" {
		return fmt.Errorf("%s", diff)
	}
	return nil
}
