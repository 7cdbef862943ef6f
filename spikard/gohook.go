package spikard

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/lifecycle"
	"github.com/spikard/spikard-go/spikard/api"
	"github.com/spikard/spikard-go/spikard/internal/route"
)

// Answer is what a request is about to be answered with. An OnResponse hook may
// change all of it; the Header is that of the answer itself.
type Answer struct {
	Status      int
	ContentType string
	Header      http.Header
	Body        []byte
}

// HookOption says which requests a hook is for.
type HookOption interface{ applyToHook(h *goHook) }

// PrefixOption is what [Prefix] gives: an option of apps and of hooks.
type PrefixOption interface {
	AppOption
	HookOption
}

func (p prefixOption) applyToHook(h *goHook) { h.prefix = string(p) }

const stageHandleError lifecycle.Stage = "error handler"

// goHook is a hook written in Go.
type goHook struct {
	stage  lifecycle.Stage
	name   string
	source api.Source
	number int // in the order in which they were given
	prefix string
	fn     reflect.Value
	// subject is the type of the second argument, where there is one.
	subject    reflect.Type
	deps       []reflect.Type
	given      []reflect.Value // the fx app's values for them
	reply, err bool
}

// hookOrder numbers the hooks of an fx app. fx gives a group's members in no order,
// but calls their constructors in that in which they were given.
type hookOrder struct{ last int }

func newHookOrder() *hookOrder { return &hookOrder{} }

func (o *hookOrder) next() int {
	o.last++
	return o.last
}

var (
	exchangeType = reflect.TypeFor[api.Exchange]()
	answerType   = reflect.TypeFor[*Answer]()
	replyType    = reflect.TypeFor[*Reply]()
)

// newGoHook reads a hook's signature.
func newGoHook(stage lifecycle.Stage, hook any, source api.Source) (*goHook, error) {
	fn := reflect.ValueOf(hook)
	if fn.Kind() != reflect.Func || fn.IsNil() {
		return nil, fmt.Errorf("the hook is %T, not a function", hook)
	}
	h := &goHook{stage: stage, name: functionName(fn), source: source, fn: fn}
	t := fn.Type()
	if t.IsVariadic() || t.NumIn() == 0 || t.In(0) != exchangeType {
		return nil, fmt.Errorf("hook %s: its first argument must be an api.Exchange, and none variadic", h.name)
	}
	rest := 1
	if wanted := h.wants(); wanted != "" {
		if t.NumIn() < 2 || !h.isSubject(t.In(1)) {
			return nil, fmt.Errorf("hook %s: the second argument of %s must be %s", h.name, stage, wanted)
		}
		h.subject, rest = t.In(1), 2
	}
	for i := rest; i < t.NumIn(); i++ {
		h.deps = append(h.deps, t.In(i))
	}
	err := h.readResults(t)
	return h, err
}

// wants names the subject of the stage.
func (h *goHook) wants() string {
	switch h.stage {
	case lifecycle.OnResponse:
		return "a *spikard.Answer"
	case lifecycle.OnError:
		return "an error"
	case stageHandleError:
		return "the type of the errors it answers"
	}
	return ""
}

func (h *goHook) isSubject(t reflect.Type) bool {
	switch h.stage {
	case lifecycle.OnResponse:
		return t == answerType
	case lifecycle.OnError:
		return t == errorType
	}
	return t.Implements(errorType)
}

func (h *goHook) readResults(t reflect.Type) error {
	for i := range t.NumOut() {
		switch out := t.Out(i); {
		case out == replyType && i == 0 && h.stage != lifecycle.OnResponse:
			h.reply = true
		case out == errorType && i == t.NumOut()-1:
			h.err = true
		default:
			return fmt.Errorf("hook %s: it can't give %s: a *spikard.Reply and an error are allowed, "+
				"and of an OnResponse hook an error", h.name, out)
		}
	}
	return nil
}

// call runs the hook.
func (h *goHook) call(args []reflect.Value) (reply *Reply, err error) {
	results := h.fn.Call(args)
	if h.reply {
		reply, _ = results[0].Interface().(*Reply)
	}
	if h.err {
		err, _ = results[len(results)-1].Interface().(error)
	}
	return reply, err
}

// checkPrefix refuses one that no route's path begins with: the hook, which may be
// there to keep somebody out, would never run.
func (h *goHook) checkPrefix() error {
	if h.prefix == "" {
		return nil
	}
	_, err := route.Parse(h.prefix)
	if err == nil && strings.HasSuffix(h.prefix, "/") {
		err = errors.New("it ends with a slash; leave the prefix out for all routes")
	}
	if err != nil {
		return fmt.Errorf("hook %s: prefix %q: %w", h.name, h.prefix, err)
	}
	return nil
}

// covers tells whether the hook is for a route.
func (h *goHook) covers(path string) bool { return below(path, h.prefix) }

// needs are its dependencies.
func (h *goHook) needs() []goNeed {
	var out []goNeed
	for i, t := range h.deps {
		name := fmt.Sprintf("argument %s (number %d)", t, h.fn.Type().NumIn()-len(h.deps)+i+1)
		out = append(out, goNeed{
			Need: di.Need{
				Key: di.KeyOfType(t), Source: di.Source(h.source),
				By: fmt.Sprintf("%s hook %s, %s", h.stage, h.name, name),
			},
			name: name, typ: t,
		})
	}
	return out
}

// addTo adds the fx app's values that the hook asks for, as a handler's are.
func (h *goHook) addTo(registry *di.Registry) {
	for i, t := range h.deps {
		if v := h.given[i]; !v.IsZero() {
			addFxValue(registry, t, v, h.source)
		}
	}
}

// asSubject gives the error that a handler of errors is for, if this is one.
func (h *goHook) asSubject(err error) (reflect.Value, bool) {
	to := reflect.New(h.subject)
	if !errors.As(err, to.Interface()) {
		return reflect.Value{}, false
	}
	return to.Elem(), true
}
