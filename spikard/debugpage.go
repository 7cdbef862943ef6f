package spikard

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
	"github.com/spikard/spikard-go/spikard/api"
)

// debugPage is what the debug mode tells of one.
type debugPage struct {
	*members
	Exception string   `json:"exception"`
	Message   string   `json:"message"`
	Source    string   `json:"source,omitempty"`
	Traceback []string `json:"traceback"`

	Method    string       `json:"-"`
	Path      string       `json:"-"`
	Handler   string       `json:"-"`
	RequestID string       `json:"-"`
	Fields    [][2]string  `json:"-"`
	Frames    []debugFrame `json:"-"`
}

// members are those of a problem, which is an error, as a page isn't.
type members api.Problem

// debugFrame is a line of a traceback; own ones are the app's.
type debugFrame struct {
	Text string
	Own  bool
}

// debugged answers a failure of the server with all that is known of it, as HTML
// for browsers and as a problem document with more members for others. It is for
// the debug mode alone, which a configuration refuses where others could connect.
func (w *wall) debugged(x *exchange, handler string, p *api.Problem, err error) {
	page := w.debugPageOf(x, handler, p, err)
	addLines(x.c.Writer.Header(), p.Header)
	if accepts(x.c.Request.Header["Accept"], "text/html") {
		var b strings.Builder
		if err := debugTemplate.Execute(&b, page); err == nil {
			x.SetHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
			w.sent(x, x.Respond(p.Status, "text/html; charset=utf-8", []byte(b.String())))
			return
		}
	}
	body, err := json.Marshal(page)
	if err != nil {
		w.problem(x, p)
		return
	}
	w.sent(x, x.Respond(p.Status, problemType, body))
}

func (w *wall) sent(x *exchange, err error) {
	if err != nil {
		w.unsent(x, "", err)
	}
}

func (w *wall) debugPageOf(x *exchange, handler string, p *api.Problem, err error) *debugPage {
	page := &debugPage{
		members: (*members)(p), Message: err.Error(), Exception: "error", Method: x.Method(), Path: unescaped(x.EscapedPath()),
		Handler: handler, RequestID: x.RequestID(),
	}
	var raised *pybridge.Exception
	var panicked *di.PanicError
	switch {
	case errors.As(err, &raised):
		page.Exception, page.Message = raised.Type, raised.Message
		page.Traceback = strings.Split(strings.TrimSpace(raised.Traceback), "\n")
		if raised.File != "" {
			page.Source = raised.File + ":" + strconv.Itoa(raised.Line)
		}
	case errors.As(err, &panicked):
		page.Exception, page.Message = "panic", fmt.Sprint(panicked.Value)
		page.Traceback = strings.Split(strings.TrimSpace(string(panicked.Stack)), "\n")
	}
	for _, line := range page.Traceback {
		page.Frames = append(page.Frames, debugFrame{Text: line, Own: raised != nil && raised.File != "" && strings.Contains(line, raised.File)})
	}
	for name, value := range x.Headers() {
		if name := http.CanonicalHeaderKey(name); slices.Contains(secretHeaders, name) || slices.Contains(w.secrets, name) {
			value = mask(value)
		}
		page.Fields = append(page.Fields, [2]string{name, value})
	}
	slices.SortFunc(page.Fields, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return page
}

// secretHeaders aren't shown even here: pages end in screenshots.
var secretHeaders = []string{"Authorization", "Cookie", "Proxy-Authorization", "X-Api-Key", "X-Csrf-Token"}

// accepts tells whether an Accept header names a media type, as browsers' do HTML.
func accepts(lines []string, media string) bool {
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			kind, params, _ := strings.Cut(item, ";")
			if strings.EqualFold(strings.TrimSpace(kind), media) && !refused(params) {
				return true
			}
		}
	}
	return false
}

var debugTemplate = template.Must(template.New("debug").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{{.Exception}}: {{.Message}}</title>
<meta name="viewport" content="width=device-width">
<style>
:root{color-scheme:light dark;--line:#8884;--own:#fc08;font:15px/1.5 system-ui,sans-serif}
body{max-width:70rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1rem;margin:2rem 0 .5rem}
p.message{font-size:1.1rem;white-space:pre-wrap;margin:.3rem 0 1rem}
pre{border:1px solid var(--line);border-radius:6px;padding:.8rem;overflow:auto;font:13px/1.5 ui-monospace,monospace}
pre b{display:block;background:var(--own);font-weight:inherit}
table{border-collapse:collapse;font-size:14px}td{border-top:1px solid var(--line);padding:.2rem 1rem .2rem 0;vertical-align:top;overflow-wrap:anywhere}
footer{margin-top:2rem;opacity:.7;font-size:13px}
</style>
<h1>{{.Exception}}</h1><p class="message">{{.Message}}</p>
{{if .Source}}<p>at <code>{{.Source}}</code></p>{{end}}
{{if .Frames}}<h2>Traceback</h2><pre>{{range .Frames}}{{if .Own}}<b>{{.Text}}</b>{{else}}{{.Text}}
{{end}}{{end}}</pre>{{end}}
<h2>Request</h2><table>
<tr><td>request</td><td><code>{{.Method}} {{.Path}}</code></td></tr>
{{if .Handler}}<tr><td>handler</td><td><code>{{.Handler}}</code></td></tr>{{end}}
{{if .RequestID}}<tr><td>request id</td><td><code>{{.RequestID}}</code></td></tr>{{end}}
{{range .Fields}}<tr><td>{{index . 0}}</td><td><code>{{index . 1}}</code></td></tr>{{end}}
</table>
<footer>Shown because debug is on. Without it, clients see a problem document and this is in the log alone.</footer>
</html>
`))
