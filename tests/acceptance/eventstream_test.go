package main

import (
	"slices"
	"strings"
	"testing"
)

func TestReadEvents(t *testing.T) {
	t.Parallel()
	one := func(data string) []sentEvent { return []sentEvent{{data: data, retry: -1}} }
	for name, tt := range map[string]struct {
		text string
		want []sentEvent
	}{
		"all fields":     {"event: e\nid: 7\nretry: 50\ndata: x\n\n", []sentEvent{{kind: "e", id: "7", retry: 50, data: "x"}}},
		"lines":          {"data: a\ndata:\ndata: b\n\n", one("a\n\nb")},
		"one space goes": {"data:  a\n\n", one(" a")},
		"no space":       {"data:a:b\n\n", one("a:b")},
		"empty data":     {"data\n\n", one("")},
		"line ends":      {"data: a\r\ndata: b\rdata: c\n\r\n", one("a\nb\nc")},
		"comments":       {": keep\n\n:\ndata: a\n: more\n\n", one("a")},
		"byte order":     {"\ufeffdata: a\n\n", one("a")},
		"bad retry":      {"retry: 1s\ndata: a\n\n", one("a")},
		"NUL in an id":   {"id: a\x00\ndata: a\n\n", one("a")},
		"no data":        {"event: e\n\ndata: a\n\n", one("a")},
		"breaks off":     {"data: a\n\ndata: b\n", one("a")},
		"nothing":        {"", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := readEvents(tt.text); !slices.Equal(got, tt.want) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestCheckEvents(t *testing.T) {
	t.Parallel()
	retry := 1
	want := []Event{{Data: map[string]any{"a": "ü"}, ID: "1"}, {Data: "x\r\ny", Event: "e", Retry: &retry}}
	const right = "id: 1\ndata: {\"a\":\"\\u00fc\"}\n\nevent: e\nretry: 1\ndata: x\ndata: y\n\n"
	for name, tt := range map[string]struct{ text, want string }{
		"right":         {right, ""},
		"one less":      {strings.SplitAfter(right, "\n\n")[0], "1 events, want 2"},
		"another id":    {strings.Replace(right, "id: 1", "id: 2", 1), `event 1: type "", id "2"`},
		"no retry":      {strings.Replace(right, "retry: 1\n", "", 1), "event 2: type \"e\", id \"\", retry -1"},
		"another text":  {strings.Replace(right, "data: y", "data: z", 1), `event 2: data "x\nz"`},
		"another value": {strings.Replace(right, `"a"`, `"b"`, 1), "event 1: data.a is missing"},
		"no JSON":       {strings.Replace(right, "data: {", "data: ", 1), "event 1: data "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := checkEvents(want, tt.text)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestWantedEvents(t *testing.T) {
	t.Parallel()
	c := &Case{App: App{Stream: Stream{Events: []Event{{ID: "1"}, {}, {ID: "2"}}}}}
	for last, want := range map[string]int{"": 3, "1": 2, "2": 0, "3": 3} {
		if got := len(wantedEvents(c, Request{Headers: map[string]string{"last-event-id": last}})); got != want {
			t.Errorf("behind %q: %d events, want %d", last, got, want)
		}
	}
}
