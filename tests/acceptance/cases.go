package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
)

// Use says what a case can prove, and so how it is run.
type Use string

// The uses, in the order of the report.
const (
	UseGate    Use = "gate"
	UseStatus  Use = "status"
	UseReply   Use = "reply"
	UseFeature Use = "feature"
)

var uses = []Use{UseGate, UseStatus, UseReply, UseFeature}

// Case is one line of a case file.
type Case struct {
	ID       string `json:"id"`
	Category string `json:"category"`
	Proto    string `json:"proto"`
	App      App    `json:"app"`
	Steps    []Step `json:"steps"`
	Grade    Grade  `json:"grade"`
	// RawText is what there is instead of App and Steps where the case isn't HTTP, and
	// Raw is what is read of it, if that is a session's or a schema's.
	RawText json.RawMessage `json:"raw"`
	Raw     *Raw            `json:"-"`
	// rawErr is why RawText can't be read: the case fails by it, the others run.
	rawErr error
}

// App is what a case's server is made of.
type App struct {
	Config  map[string]any `json:"config"`
	Route   Route          `json:"route"`
	SleepMS int            `json:"sleep_ms"`
	// DI and Background are for the cases about dependency injection.
	DI         Injection  `json:"di"`
	Background Background `json:"background"`
	Stream     Stream     `json:"stream"`
	// blocking is one of the [variants].
	blocking bool
}

// Route is the case's one route.
type Route struct {
	Method     string           `json:"method"`
	Path       string           `json:"path"`
	Params     map[string]Param `json:"params"`
	BodySchema map[string]any   `json:"body_schema"`
	Files      map[string]any   `json:"files"`
}

// Param is one parameter, keyed in [Route] by its Python name.
type Param struct {
	In        string         `json:"in"`
	Name      string         `json:"name"`
	Required  bool           `json:"required"`
	Schema    map[string]any `json:"schema"`
	RouteType string         `json:"route_type"`
}

// Step is one request and what must come back.
type Step struct {
	Request Request `json:"request"`
	Expect  Expect  `json:"expect"`
}

// Request is sent as it stands: nothing is added but what HTTP/1.1 requires.
type Request struct {
	Method  string            `json:"method"`
	Target  string            `json:"target"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body_b64"`
}

// Expect is the wanted answer. Body, ErrorsSubset and Echo are absent (nil)
// where the case says nothing about them.
type Expect struct {
	Status       int                       `json:"status"`
	Headers      map[string]string         `json:"headers"`
	Body         any                       `json:"body"`
	Cookies      map[string]map[string]any `json:"cookies"`
	ErrorsSubset []any                     `json:"errors_subset"`
	Echo         map[string]any            `json:"echo"`
}

// Grade says how the case counts. An empty Check on a case that is not HTTP
// means that its session is played exactly.
type Grade struct {
	Use   Use      `json:"use"`
	Check []string `json:"check"`
}

func (g Grade) checks(what string) bool { return slices.Contains(g.Check, what) }

// readCases reads a file of cases, one JSON object a line. Numbers stay text,
// so that large integers and floats are compared by value later.
//
// # Errors
//
// An error names the file and the line.
func readCases(path string) ([]*Case, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return decodeCases(path, f)
}

func decodeCases(name string, r io.Reader) ([]*Case, error) {
	cases := []*Case{}
	in := bufio.NewReader(r)
	for line := 1; ; line++ {
		text, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(text)) > 0 {
			c, derr := decodeCase(text)
			if derr != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, line, derr)
			}
			cases = append(cases, c)
		}
		if err == io.EOF {
			return cases, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
	}
}

// decodeJSON reads one value, with its numbers as text.
func decodeJSON(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

func decodeCase(text []byte) (*Case, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	c := new(Case)
	if err := d.Decode(c); err != nil {
		return nil, err
	}
	if !slices.Contains(uses, c.Grade.Use) {
		return nil, fmt.Errorf("grade.use is %q, want one of %v", c.Grade.Use, uses)
	}
	if c.hasRaw() {
		d := json.NewDecoder(bytes.NewReader(c.RawText))
		d.UseNumber()
		if err := d.Decode(&c.Raw); err != nil {
			c.Raw, c.rawErr = nil, fmt.Errorf("neither a session nor a schema of messages: %w", err)
		}
	}
	if c.Proto == "http" && len(c.Steps) == 0 {
		return nil, fmt.Errorf("case %s has no steps", c.ID)
	}
	return c, nil
}
