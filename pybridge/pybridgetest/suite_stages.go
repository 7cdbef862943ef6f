package pybridgetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/pybridge/wire"
)

// stagesApp has a hook for each stage. What goes into a trail is read by a route
// that none of them minds.
const stagesApp = `
import asyncio
from collections.abc import AsyncIterator
from spikard import HTTPException, Problem, Provide, Request, RequestValidationError, Response, Spikard
app = Spikard()
trail = []

class Audit:
    pass

async def open_audit() -> AsyncIterator[Audit]:
    trail.append("open audit")
    try:
        yield Audit()
    except Exception as exc:
        trail.append(f"audit failed {type(exc).__name__}")
        raise
    finally:
        trail.append("close audit")

app.provide(Audit, Provide(open_audit))

class Teapot(Exception):
    pass

class Kettle(Teapot):
    pass

@app.on_request
async def begin(request: Request):
    %s
    request.state.begun = request.state.tenant
    trail.append("on_request")
    if request.query_params.get("stop") == "request":
        return Response({"by": "on_request"}, status_code=299)
    return request

@app.pre_validation
def validate(request):
    trail.append("pre_validation")

@app.pre_handler
def prepare(request):
    trail.append("pre_handler")

@app.on_error
def note(error, request: Request):
    trail.append(f"on_error {type(error).__name__} {request.state.begun}")
    if str(error) == "note answers":
        return Response({"note": str(error)}, status_code=500)

@app.exception_handler(Teapot)
async def teapot(exc: Teapot, audit: Audit):
    trail.append(f"handler {type(audit).__name__}")
    return Response({"tea": str(exc)}, status_code=418)

@app.exception_handler(RequestValidationError)
def invalid(error):
    return Response({"wrong": [e["type"] for e in error.errors]}, status_code=422)

@app.exception_handler(404)
def not_found(request, exc):
    return Response({"lost": exc.detail}, status_code=404)

@app.on_response
def stamp(response, audit: Audit):
    trail.append(f"on_response {response.status_code}")
    response.headers["x-stamp"] = str(response.status_code)
    if response.status_code == 403:
        response.content["more"] = "members"

@app.get("/ok")
async def ok(request: Request):
    return request.state.begun

@app.get("/trail")
def get_trail():
    out = list(trail)
    trail.clear()
    return out

@app.get("/raise")
def raising(request: Request):
    what = request.query_params["q"]
    raise {"kettle": Kettle("hot"), "value": ValueError("x"), "404": HTTPException(404, "no"),
           "409": HTTPException(409, "both", headers={"x-own": "1"}), "403": HTTPException(403),
           "note": ValueError("note answers"),
           "problem": Problem(410, "é", title="Gone", type="/p", left=2)}[what]

@app.get("/wrong-hook", pre_handler=[lambda request: "yes"])
def wrong(request: Request):
    return None
`

// aRefusal writes one.
func aRefusal(gate, status int, contentType, body string, problem bool) value {
	return func(w *wire.Writer) {
		w.Tuple(6)
		w.Int(int64(gate))
		w.Int(int64(status))
		w.Str(contentType)
		w.List(2)
		w.Str("X-Go")
		w.Str("1")
		w.Raw([]byte(body))
		w.Bool(problem)
	}
}

// queried is a request with a query and state.
func queried(query string) value {
	return func(w *wire.Writer) {
		w.Request()
		for _, text := range []string{"GET", "/", query} {
			w.Str(text)
		}
		w.List(0)
		for _, text := range []string{"192.0.2.1", "http", "example.org"} {
			w.Str(text)
		}
		w.Dict(0)
		w.Raw(nil)
		w.Dict(1)
		w.Str("tenant")
		w.Str("acme")
	}
}

const anInvalid = `{"type":"https://x/validation-error","title":"t","status":422,"detail":"1 error","errors":[{"type":"missing"}]}`

func testStages(t *testing.T, s *suite) {
	for name, first := range map[string]string{"inline": "pass", "suspending": "await asyncio.sleep(0)"} {
		t.Run(name, func(t *testing.T) {
			r := s.load(t, fmt.Sprintf(stagesApp, first))
			r.programs["/trail"] = r.bare("/trail")
			r.refusable = true
			for _, tt := range stagesCases {
				t.Run(tt.name, func(t *testing.T) {
					query := tt.query
					values := given{"request": queried(query)}
					if tt.refusal != nil {
						values[refusalInput] = tt.refusal
					}
					got := r.call(tt.path, values)
					seen := string(r.call("/trail", nil).Body)
					if got.Outcome != tt.outcome || got.Outcome != pybridge.Refused && string(got.Body) != tt.body {
						t.Errorf("outcome %d, body %s, exception %v", got.Outcome, got.Body, got.Exception)
					}
					if got.Outcome != pybridge.Refused && got.Status != tt.status {
						t.Errorf("status %d, want %d", got.Status, tt.status)
					}
					if !slices.Equal(got.Header, tt.header) {
						t.Errorf("header %v, want %v", got.Header, tt.header)
					}
					if want := `["` + strings.Join(tt.trail, `","`) + `"]`; seen != want {
						t.Errorf("trail\n got %s\nwant %s", seen, want)
					}
				})
			}
		})
	}
}

func stamped(status string) []pybridge.HeaderLine {
	return []pybridge.HeaderLine{{Name: "x-stamp", Value: status}}
}

var stagesCases = []struct {
	name, path, query string
	refusal           value
	outcome           pybridge.Outcome
	status            int
	body              string
	header            []pybridge.HeaderLine
	trail             []string
}{
	{
		name: "all stages", path: "/ok", status: 200, body: `"acme"`, header: stamped("200"),
		trail: []string{"on_request", "pre_validation", "pre_handler", "open audit", "on_response 200", "close audit"},
	},
	{
		name: "a hook answers", path: "/ok", query: "stop=request", status: 299, body: `{"by":"on_request"}`, header: stamped("299"),
		trail: []string{"on_request", "open audit", "on_response 299", "close audit"},
	},
	{
		name: "refused ahead of everything", path: "/ok", refusal: aRefusal(1, 401, "text/plain", "no", false),
		outcome: pybridge.Refused, header: stamped("401"), trail: []string{"open audit", "on_response 401", "close audit"},
	},
	{
		name: "refused by authentication", path: "/ok", refusal: aRefusal(2, 401, "application/json", `{"detail":"who"}`, true),
		outcome: pybridge.Refused, header: stamped("401"), trail: []string{"on_request", "open audit", "on_response 401", "close audit"},
	},
	{
		name: "a hook changes a refusal", path: "/ok", refusal: aRefusal(3, 403, "application/json", `{"detail":"no"}`, true),
		status: 403, body: `{"detail":"no","more":"members"}`, header: stamped("403"),
		trail: []string{"on_request", "pre_validation", "open audit", "on_response 403", "close audit"},
	},
	{
		name: "a handler answers a refusal", path: "/ok", refusal: aRefusal(3, 422, "application/json", anInvalid, true),
		status: 422, body: `{"wrong":["missing"]}`,
		header: append([]pybridge.HeaderLine{{Name: "X-Go", Value: "1"}}, stamped("422")...),
		trail:  []string{"on_request", "pre_validation", "open audit", "on_response 422", "close audit"},
	},
	{
		name: "an exception's base class", path: "/raise", query: "q=kettle", status: 418, body: `{"tea":"hot"}`, header: stamped("418"),
		trail: []string{
			"on_request", "pre_validation", "pre_handler", "open audit", "on_error Kettle acme", "handler Audit",
			"on_response 418", "audit failed Kettle", "close audit",
		},
	},
	{
		name: "a status", path: "/raise", query: "q=404", status: 404, body: `{"lost":"no"}`, header: stamped("404"),
		trail: []string{
			"on_request", "pre_validation", "pre_handler", "open audit", "on_error HTTPException acme",
			"on_response 404", "audit failed HTTPException", "close audit",
		},
	},
	{
		name: "nobody answers an HTTPException", path: "/raise", query: "q=409", outcome: pybridge.Problem, status: 409,
		header: []pybridge.HeaderLine{{Name: "x-own", Value: "1"}, {Name: "x-stamp", Value: "409"}},
		trail: []string{
			"on_request", "pre_validation", "pre_handler", "open audit", "on_error HTTPException acme",
			"on_response 409", "audit failed HTTPException", "close audit",
		},
	},
	{
		name: "a problem with members", path: "/raise", query: "q=problem", outcome: pybridge.Problem, status: 410,
		body: `{"type":"/p","title":"Gone","status":410,"detail":"é","left":2}`, header: stamped("410"),
		trail: []string{
			"on_request", "pre_validation", "pre_handler", "open audit", "on_error Problem acme",
			"on_response 410", "audit failed Problem", "close audit",
		},
	},
	{
		name: "nobody answers", path: "/raise", query: "q=value", outcome: pybridge.Raised, status: 500, header: stamped("500"),
		trail: []string{
			"on_request", "pre_validation", "pre_handler", "open audit", "on_error ValueError acme",
			"on_response 500", "audit failed ValueError", "close audit",
		},
	},
	{
		name: "an on_error hook answers", path: "/raise", query: "q=note", status: 500, body: `{"note":"note answers"}`, header: stamped("500"),
		trail: []string{
			"on_request", "pre_validation", "pre_handler", "open audit", "on_error ValueError acme",
			"on_response 500", "audit failed ValueError", "close audit",
		},
	},
	{
		name: "what a hook can't say", path: "/wrong-hook", outcome: pybridge.Raised, status: 500, header: stamped("500"),
		trail: []string{
			"on_request", "pre_validation", "pre_handler", "on_error TypeError acme", "open audit",
			"on_response 500", "audit failed TypeError", "close audit",
		},
	},
}
