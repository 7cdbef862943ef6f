package arch

import "regexp"

const module = "github.com/spikard/spikard-go"

// Modules of others that some packages may use.
const (
	dig   = "go.uber.org/dig"
	embed = "github.com/kluctl/go-embed-python"
	regex = "github.com/dlclark/regexp2"
	mimes = "github.com/gabriel-vasile/mimetype"
	jsons = "github.com/santhosh-tekuri/jsonschema/v6"
	// sockets speaks WebSocket.
	sockets = "github.com/coder/websocket"
	text    = "golang.org/x/text"
	fx      = "go.uber.org/fx"
	gin     = "github.com/gin-gonic/gin"
	linked  = "github.com/DataDog/go-python3"
	sys     = "golang.org/x/sys"
	uuid    = "github.com/google/uuid"

	brotli  = "github.com/andybalholm/brotli"
	cookies = "github.com/gorilla/securecookie"
	jwt     = "github.com/golang-jwt/jwt/v5"
	jwks    = "github.com/MicahParks/jwkset"
	metrics = "github.com/prometheus/client_golang"
	net     = "golang.org/x/net"
	otel    = "go.opentelemetry.io/otel"
	redis   = "github.com/redis/go-redis/v9"
	redrate = "github.com/go-redis/redis_rate/v10"
	squeeze = "github.com/klauspost/compress"
)

// folders are the top-level folders that hold code.
var folders = []string{"di", "examples", "lifecycle", "middleware", "pybridge", "spikard", "tests"}

// programs are the folders of what is built from the library: they may import
// anything public, and have files as they like.
var programs = []string{"examples", "tests", "spikard/cmd"}

// engines bring CPython along. What lies above them takes whichever the user's
// main provides, and so builds and passes its tests without cgo.
var engines = []string{"pybridge/cpython", "pybridge/embedded", "pybridge/gopython3"}

// packages says what each package imports directly: of ours, and of others.
// The standard library is free to all.
var packages = map[string]struct{ ours, others []string }{
	// The vocabulary. Whoever uses one of these gets nothing else with it.
	"spikard/api":     {},
	"pybridge/python": {},
	"pybridge/wire":   {},

	// Its options are for fx apps; all else needs the standard library only.
	"di": {others: []string{fx}},

	"lifecycle": {ours: []string{"spikard/api"}},
	"middleware": {
		ours:   []string{"spikard/api"},
		others: []string{brotli, cookies, gin, jwks, jwt, metrics, net, otel, redis, redrate, squeeze, sys, uuid},
	},

	"pybridge": {ours: []string{"di", "lifecycle", "pybridge/wire", "spikard/api"}},
	"pybridge/pybridgetest": {
		ours: []string{"di", "lifecycle", "pybridge", "pybridge/internal/places", "pybridge/wire", "spikard/api"},
	},
	"pybridge/internal/cachedir": {others: []string{sys}},
	"pybridge/internal/places":   {ours: []string{"pybridge"}},

	"pybridge/cpython": {
		ours: []string{
			"pybridge", "pybridge/cpython/internal/locate", "pybridge/cpython/internal/shim",
			"pybridge/internal/cachedir", "pybridge/internal/places", "pybridge/python", "pybridge/wire", "spikard/api",
		},
		others: []string{fx, sys},
	},
	"pybridge/cpython/internal/locate": {},
	"pybridge/cpython/internal/shim":   {},
	"pybridge/gopython3":               {ours: []string{"pybridge", "pybridge/cpython"}, others: []string{fx, linked}},
	"pybridge/embedded": {
		ours:   []string{"pybridge", "pybridge/cpython", "pybridge/internal/cachedir"},
		others: []string{embed, fx},
	},

	"spikard": {
		ours: []string{
			"di", "lifecycle", "middleware", "pybridge", "pybridge/wire", "spikard/api",
			"spikard/internal/bind", "spikard/internal/form", "spikard/internal/route",
		},
		others: []string{dig, fx, gin, sockets, text},
	},
	"spikard/internal/bind": {
		ours: []string{
			"pybridge", "pybridge/wire", "spikard/api", "spikard/internal/form", "spikard/internal/jsonwire",
			"spikard/internal/pattern", "spikard/internal/schema",
		},
		others: []string{jsons},
	},
	"spikard/internal/form":     {ours: []string{"spikard/api"}, others: []string{mimes, text}},
	"spikard/internal/jsonwire": {ours: []string{"pybridge/wire"}},
	"spikard/internal/pattern":  {others: []string{regex}},
	"spikard/internal/schema": {
		ours: []string{"spikard/internal/jsonwire", "spikard/internal/pattern"}, others: []string{jsons},
	},
	"spikard/internal/route": {ours: []string{"spikard/api"}},
}

// files says in which files an import may appear, by path or by base name.
// Tests may use what they like, but "C" is the shim's alone.
var files = []struct {
	imported string
	in       []string
	tests    bool
}{
	{imported: fx, in: []string{"module.go", "spikard/app.go", "spikard/app_hooks.go", "spikard/run.go"}, tests: true},
	{imported: dig, in: []string{"spikard/run.go"}, tests: true},
	{imported: gin, in: []string{"spikard/*.go", "middleware/*.go"}, tests: true},
	{imported: "C", in: []string{"pybridge/cpython/internal/shim/*.go"}},
}

// private is what no file may mention: it would hold on one machine only.
var private = []*regexp.Regexp{
	regexp.MustCompile(`/(?:work|root)/`),
	regexp.MustCompile(`(?:proxy|sum)[.]golang[.]org|pypi[.]org|[.]pythonhosted[.]org|registry[.]npmjs`),
}
