package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"
)

// workload is one kind of request and the answer that it must get.
type workload struct {
	name, method, path string
	connections        int
	body               string
	header             []string // "Name: value"
	want               any
}

const (
	hello = `{"message": "Hello"}`
	user  = `{"name":"Ada Lovelace","email":"ada@example.com","age":36,` +
		`"tags":["math","engines","poetry","analysis","victorian","first-programmer","notes-on-the-engine","london"],` +
		`"address":{"street":"12 St James's Square, Marylebone, near the corner of the large garden","city":"London","zip":"SW1Y 4LB"}}`
)

// workloads in the order in which they are measured.
func workloads() []workload {
	item := `{"id": 42, "q": "abc", "limit": 10}`
	return []workload{
		get("plain", "/plain", hello),
		get("async", "/async", hello),
		get("await", "/await", hello),
		get("items", "/items/42?q=abc&limit=10", item),
		get("items-sync", "/items-sync/42?q=abc&limit=10", item),
		post("users", "/users", user),
		post("users-sync", "/users-sync", user),
		get("di", "/di", `{"name": "bench", "n": 1}`),
		get("di20", "/di20", hello),
		get("di20gen", "/di20gen", hello),
		get("di20go", "/di20go", hello),
		get("big", "/big", big()),
		{name: "sleep", method: http.MethodGet, path: "/sleep", connections: 256, want: decode(hello)},
		get("block", "/block", hello),
	}
}

func get(name, path, want string) workload {
	return workload{name: name, method: http.MethodGet, path: path, connections: 64, want: decode(want)}
}

func post(name, path, body string) workload {
	return workload{name: name, method: http.MethodPost, path: path, connections: 64, body: body, want: decode(body)}
}

// big is a list of 200 objects.
func big() string {
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, `,{"id": %d, "name": "item %d", "price": %.1f, "tags": ["a", "b"], "active": true}`, i, i, float64(i)*1.5)
	}
	return "[" + b.String()[1:] + "]"
}

func decode(text string) any {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		panic(err) // the texts are constants of this file
	}
	return v
}

// choose gives the workloads of a comma-separated list, all for an empty one.
func choose(list string) ([]workload, error) {
	all := workloads()
	if list == "" {
		return all, nil
	}
	var chosen []workload
	for name := range strings.SplitSeq(list, ",") {
		found := false
		for _, w := range all {
			if w.name == strings.TrimSpace(name) {
				chosen, found = append(chosen, w), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no workload is called %q", name)
		}
	}
	return chosen, nil
}

// check sends one request and compares the answer with what the workload
// wants.
func (w workload) check(client *http.Client, base string) error {
	req, err := http.NewRequest(w.method, base+w.path, strings.NewReader(w.body))
	if err != nil {
		return err
	}
	if w.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	var got any
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %.200s", resp.Status, bytes.TrimSpace(body))
	}
	if err := json.Unmarshal(body, &got); err != nil || !reflect.DeepEqual(got, w.want) {
		return fmt.Errorf("another answer than wanted: %.200s", body)
	}
	return nil
}

// checking is a client that keeps no connections, which would count as load.
func checking() *http.Client {
	return &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
}
