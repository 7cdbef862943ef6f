package bind

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

// UUID is like those of the usual packages.
type UUID [16]byte

func (u *UUID) UnmarshalText(v []byte) error {
	if len(v) != uuidLength {
		return errors.New("not canonical")
	}
	copy(u[:], v)
	return nil
}

type Page struct {
	Limit  int8   `query:"limit" default:"10" ge:"1"`
	Offset uint64 `query:"offset,omitempty"`
}

type level string

type address struct {
	Street string `json:"street" min_length:"2"`
	Zip    *int   `json:"zip"`
}

type common struct {
	Note    string `json:"note,omitempty" max_length:"5"`
	private string
}

type payload struct {
	common
	Name    string           `json:"name" pattern:"^[A-Z]"`
	Age     uint8            `json:"age" ge:"18"`
	Ratio   float32          `json:"ratio,omitempty"`
	Tags    []string         `json:"tags,omitempty" max_length:"2"`
	Address address          `json:"address,omitzero"`
	Friends []*payload       `json:"friends,omitempty"`
	Extra   map[string]any   `json:"extra,omitempty"`
	Counts  map[string][]int `json:"counts,omitempty"`
	At      *time.Time       `json:"at"`
	Wait    time.Duration    `json:"wait,omitempty"`
	Raw     json.RawMessage  `json:"raw,omitempty"`
	Big     *big.Int         `json:"big"`
	IP      *netip.Addr      `json:"ip"`
	Blob    []byte           `json:"blob,omitempty"`
	Pair    [2]int           `json:"pair,omitempty"`
	Level   level            `json:"level,omitempty" enum:"low,high"`
	Hidden  string           `json:"-"`
	Labels  map[level]string `json:"labels,omitempty"`
	Any     any              `json:"any,omitempty"`
}

type input struct {
	Page
	ID      int64         `path:"id"`
	User    UUID          `query:"user,omitempty"`
	Name    *string       `query:"name" min_length:"2"`
	On      bool          `query:"on,omitempty"`
	Since   time.Time     `query:"since,omitempty"`
	Wait    time.Duration `query:"wait" default:"1m"`
	IDs     []uint16      `query:"ids,omitempty" max_length:"2"`
	Level   level         `query:"level" enum:"low,high" default:"low"`
	Size    *int          `query:"size" enum:"1,2"`
	Token   string        `header:"x-token"`
	Session string        `cookie:"session,omitempty"`
	Body    *payload      `body:"json"`
	Store   func()        `inject:"store"`
	private int
}

func structBinder[T any](t testing.TB, pathNames ...string) *StructBinder {
	t.Helper()
	b, err := CompileStruct(reflect.TypeFor[T](), pathNames)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStructIsFilled(t *testing.T) {
	t.Parallel()
	b := structBinder[input](t, "id")
	x := &fakeExchange{
		path:   []string{"-7"},
		query:  "limit=127&offset=18446744073709551615&user=C892496FB1FD4B91BDB8B46F92DF1716&name=Bob&on=1&since=2024-01-15T10:30:00.123456789&ids=1&ids=65535&size=2",
		header: http.Header{"X-Token": {"secret"}, "Cookie": {"session=s"}},
	}
	body := `{"name":"Ann","AGE":-1,"age":30,"note":"hi","private":"x","ratio":0.5,"tags":["a"],"address":{"zip":1,"street":"Main"},
		"friends":[{"age":20,"name":"Bob"},null],"extra":{"a":[1,{"b":null}]},"counts":{"x":[1,2]},"at":"2024-01-15T10:30:00+01:00",
		"wait":"90s","raw":{"x": 1},"big":123456789012345678901234567890,"ip":"192.0.2.1","blob":"aGk=","pair":[1,2],"level":"high",
		"-":"x","Hidden":"x","labels":{"low":"l"},"any":1.5}`
	var got input
	if p := b.Bind(x, Body{Text: []byte(body)}, reflect.ValueOf(&got).Elem()); p != nil {
		t.Fatal(errorsOf(t, p))
	}
	if got.Body == nil || got.Body.At == nil {
		t.Fatalf("got %+v", got)
	}
	if got.private != 0 || got.Body.private != "" {
		t.Errorf("unexported fields were filled: %d and %q", got.private, got.Body.private)
	}
	at := time.Date(2024, 1, 15, 9, 30, 0, 0, time.UTC)
	if !got.Body.At.Equal(at) || !got.Since.Equal(time.Date(2024, 1, 15, 10, 30, 0, 123456789, time.UTC)) {
		t.Errorf("got %v and %v", got.Body.At, got.Since)
	}
	number, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	var user UUID
	copy(user[:], "c892496f-b1fd-4b91-bdb8-b46f92df1716")
	want := input{
		Page: Page{Limit: 127, Offset: math.MaxUint64}, ID: -7, User: user, Name: ptr("Bob"), On: true, Since: got.Since,
		Wait: time.Minute, IDs: []uint16{1, 65535}, Level: "low", Size: ptr(2), Token: "secret", Session: "s",
		Body: &payload{
			common: common{Note: "hi"}, Name: "Ann", Age: 30, Ratio: 0.5, Tags: []string{"a"}, Address: address{"Main", ptr(1)},
			Friends: []*payload{{Name: "Bob", Age: 20}, nil}, Extra: map[string]any{"a": []any{1.0, map[string]any{"b": nil}}},
			Counts: map[string][]int{"x": {1, 2}}, At: got.Body.At, Wait: 90 * time.Second, Raw: json.RawMessage(`{"x": 1}`),
			Big: number, IP: ptr(netip.MustParseAddr("192.0.2.1")), Blob: []byte("hi"), Pair: [2]int{1, 2}, Level: "high",
			Labels: map[level]string{"low": "l"}, Any: 1.5,
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v\nbody %+v\nwant %+v", got, want, *got.Body, *want.Body)
	}
}

func TestStructKeepsWhatIsNotGiven(t *testing.T) {
	t.Parallel()
	b := structBinder[input](t, "id")
	got := input{Session: "before", Page: Page{Offset: 5}}
	x := &fakeExchange{path: []string{"1"}, header: http.Header{"X-Token": {"t"}}}
	if p := b.Bind(x, Body{}, reflect.ValueOf(&got).Elem()); p != nil {
		t.Fatal(errorsOf(t, p))
	}
	want := input{Page: Page{Limit: 10, Offset: 5}, ID: 1, Wait: time.Minute, Level: "low", Token: "t", Session: "before"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestStructRefusesAsPythonDoes(t *testing.T) {
	t.Parallel()
	b := structBinder[input](t, "id")
	x := &fakeExchange{path: []string{"x"}, query: "limit=128&offset=-1&user=1&name=a&on=maybe&since=x&wait=x&ids=1&ids=65536&level=mid&size=3"}
	body := `{"age":256,"address":{"street":"M","zip":"1"},"ratio":1e39,"tags":[1],"pair":[1],"big":"x","ip":"x","blob":"*","level":1,"at":null,
		"note":null,"friends":[{"name":"bob","age":17}],"any":1e400,"counts":null}`
	got := input{}
	p := b.Bind(x, Body{Text: []byte(body)}, reflect.ValueOf(&got).Elem())
	if p == nil || !reflect.DeepEqual(got, input{}) {
		t.Fatalf("got %+v, %v", got, p)
	}
	var seen []string
	for _, e := range p.Errors {
		seen = append(seen, e.Type+" "+strings.Join(e.Loc, "."))
	}
	want := []string{
		"missing headers.x-token",
		"int_parsing path.id", "int_parsing_size query.ids.1", "int_parsing_size query.limit", "int_parsing_size query.offset",
		"bool_parsing query.on", "datetime_parsing query.since", "uuid_parsing query.user", "time_delta_parsing query.wait",
		"enum query.level", "string_too_short query.name", "enum query.size",
		"missing body.name",
		"string_too_short body.address.street", "int_parsing body.address.zip", "int_parsing_size body.age", "validation_error body.any",
		"validation_error body.big", "bytes_invalid_encoding body.blob", "greater_than_equal body.friends.0.age",
		"string_pattern_mismatch body.friends.0.name", "validation_error body.ip", "enum body.level", "too_short body.pair",
		"finite_number body.ratio", "string_type body.tags.0",
	}
	if !reflect.DeepEqual(seen, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(seen, "\n"), strings.Join(want, "\n"))
	}
}

func TestGoDurations(t *testing.T) {
	t.Parallel()
	type in struct {
		Body time.Duration `body:"json"`
	}
	b := structBinder[in](t)
	for text, want := range map[string]time.Duration{
		`"1h30m"`: 90 * time.Minute, `"PT1H30M"`: 90 * time.Minute, `"-1ns"`: -1, "1500": 1500, "1e3": 1000,
	} {
		var got in
		if p := b.Bind(&fakeExchange{}, Body{Text: []byte(text)}, reflect.ValueOf(&got).Elem()); p != nil || got.Body != want {
			t.Errorf("%s: got %v, %s", text, got.Body, errorsOf(t, p))
		}
	}
	for _, text := range []string{`"1 fortnight"`, "1.5", "92233720368547758080", `"P400Y"`, "null"} {
		var got in
		if p := b.Bind(&fakeExchange{}, Body{Text: []byte(text)}, reflect.ValueOf(&got).Elem()); p == nil {
			t.Errorf("%s was taken as %v", text, got.Body)
		}
	}
}

func TestStructFaults(t *testing.T) {
	t.Parallel()
	type bad struct {
		None    int
		Path    int            `path:"nowhere"`
		Query   chan int       `query:"q"`
		Default int8           `query:"d" default:"300"`
		Length  string         `query:"l" min_length:"x"`
		Applies int            `query:"a" pattern:"x"`
		Pattern string         `query:"p" pattern:"(a"`
		Keys    map[int]string `body:"json"`
		Again   int            `body:"json"`
		XML     struct {
			String int `json:"s,string"`
		} `body:"xml"`
		List []int          `query:"list" default:"1"`
		Enum float64        `query:"e" enum:"1.5"`
		Map  map[string]int `query:"m"`
	}
	_, err := CompileStruct(reflect.TypeFor[bad](), nil)
	if err == nil {
		t.Fatal("compiled")
	}
	for _, want := range []string{
		"field None: no tag says where its value comes from",
		"field Path: the path has no parameter {nowhere}",
		"field Query: chan int can't be read",
		`field Default: default:"300" does not fit`,
		`field Length: min_length:"x" is not a length`,
		"field Applies: constraint pattern \"x\" does not apply to int",
		`field Pattern: pattern "(a": error parsing`,
		"field Keys: the keys of map[int]string must be strings",
		"field Again: the body is bound to another field already",
		`field XML: body:"xml" is not supported`,
		"the option string is not supported",
		"field List: a list has no default",
		"field Enum: enum is for strings and integers",
		"field Map: map[string]int can't be read from a text",
	} {
		if !strings.Contains(err.Error(), "bind.bad: "+want) && !strings.Contains(err.Error(), want) {
			t.Errorf("no fault %q in\n%v", want, err)
		}
	}
	if _, err := CompileStruct(reflect.TypeFor[int](), nil); err == nil {
		t.Error("an int was taken for an input")
	}
}
