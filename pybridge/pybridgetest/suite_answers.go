package pybridgetest

import (
	"slices"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
)

const answersApp = `
from spikard import HTTPException, JSONResponse, PlainTextResponse, Response, Spikard

app = Spikard()

@app.get("/plain")
def plain():
    return {"a": 1}

@app.post("/created", status_code=201)
def created():
    return None

@app.get("/bytes")
def raw():
    return b"\x00\xff"

@app.get("/response")
def response():
    r = Response({"a": 1}, status_code=202, headers={"X-A": "1", "X-B": "ü"})
    r.set_cookie("a", "1")
    r.set_cookie("a", "2")
    return r

@app.get("/text")
def text():
    return PlainTextResponse("hällo", status_code=404)

@app.get("/empty")
def empty():
    return Response(status_code=204)

@app.get("/named")
def named():
    return Response(b"<a/>", media_type="application/xml")

@app.get("/problem")
def problem():
    raise HTTPException(409, "taken", headers={"Retry-After": "3"})

@app.get("/bad-response")
def bad_response():
    return JSONResponse({"a": object()})
`

func testAnswers(t *testing.T, s *suite) {
	r := s.load(t, answersApp)
	for _, c := range []struct {
		path        string
		status      int
		contentType string
		body        string
		header      []pybridge.HeaderLine
	}{
		{"/plain", 200, "application/json", `{"a":1}`, nil},
		{"/created", 201, "application/json", `null`, nil},
		{"/bytes", 200, "application/octet-stream", "\x00\xff", nil},
		{"/text", 404, "text/plain; charset=utf-8", "hällo", nil},
		{"/empty", 204, "", "", nil},
		{"/named", 200, "application/xml", "<a/>", nil},
		{"/response", 202, "application/json", `{"a":1}`, []pybridge.HeaderLine{
			{Name: "X-A", Value: "1"},
			{Name: "X-B", Value: "ü"},
			{Name: "set-cookie", Value: "a=1; Path=/"},
			{Name: "set-cookie", Value: "a=2; Path=/"},
		}},
	} {
		got := r.call(c.path, nil)
		if got.Outcome != pybridge.Answered || got.Status != c.status || got.ContentType != c.contentType ||
			string(got.Body) != c.body || !slices.Equal(got.Header, c.header) {
			t.Errorf("%s: got %d %d %q %q %v, exception %v",
				c.path, got.Outcome, got.Status, got.ContentType, got.Body, got.Header, got.Exception)
		}
	}
	got := r.call("/problem", nil)
	header := []pybridge.HeaderLine{{Name: "Retry-After", Value: "3"}}
	if got.Outcome != pybridge.Problem || got.Status != 409 || got.Detail != "taken" || !slices.Equal(got.Header, header) {
		t.Errorf("HTTPException: got %+v", got)
	}
	if exc := r.raises("/bad-response", nil, "TypeError"); exc.Path != "$.a" {
		t.Errorf("path %q", exc.Path)
	}
}
