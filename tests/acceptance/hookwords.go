package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// teller writes an answer's members, each by what explains it: what hooks have
// left in the request's state, that they have run, or what the request holds.
// What nothing explains are the answer's own words.
type teller struct {
	hooks []*hook // those before the handler
	words []string
	// given are the expressions of what the handler has of the request, with
	// their values.
	given map[string]sentValue
}

type sentValue struct {
	python string
	value  any
}

func newTeller(c *Case, hooks []*hook) *teller {
	t := &teller{words: orderWords(c), given: map[string]sentValue{}}
	for _, h := range hooks {
		if h.isBefore() {
			t.hooks = append(t.hooks, h)
		}
	}
	return t
}

// knows adds what the handler has of a step's request: the members of its body.
func (t *teller) knows(s *speaker, step Step) *teller {
	out := *t
	out.given = map[string]sentValue{}
	if s.body == "" {
		return &out
	}
	value, err := decodeJSON(step.Request.Body)
	members, _ := value.(map[string]any)
	for name := range members {
		if err == nil {
			out.given[name] = sentValue{"body[" + pythonString(name) + "]", members[name]}
		}
	}
	return &out
}

// content writes a whole answer.
func (t *teller) content(want any) string { return t.member("", "", want) }

func (t *teller) member(parent, name string, want any) string {
	switch want := want.(type) {
	case map[string]any:
		return t.object(name, want)
	case []any:
		if isOrder(want, t.words) {
			return "order(request)"
		}
		items := make([]string, len(want))
		for i := range want {
			items[i] = t.member(parent, name, want[i])
		}
		return "[" + strings.Join(items, ", ") + "]"
	case bool:
		return t.flag(name, want)
	}
	if text, ok := want.(string); ok {
		if separator, ok := separatorOf(text, t.words); ok {
			return joinedOrder(separator)
		}
	}
	if left, ok := t.left(parent, name); ok && left != "order" {
		return "getattr(request.state, " + pythonString(left) + ", None)"
	}
	if sent, ok := t.given[name]; ok && differ(want, sent.value, "") == "" {
		return sent.python
	}
	switch want := want.(type) {
	case string:
		return pythonString(sample(want))
	case json.Number:
		if strings.Contains(name, "hook") && want.String() == strconv.Itoa(len(t.hooks)) {
			return "len(request.state.trail) - 1"
		}
	}
	return pythonLiteral(want)
}

func (t *teller) object(name string, members map[string]any) string {
	items := make([]string, 0, len(members))
	for _, k := range slices.Sorted(maps.Keys(members)) {
		items = append(items, pythonString(k)+": "+t.member(name, k, members[k]))
	}
	return "{" + strings.Join(items, ", ") + "}"
}

// left finds what hooks have left under a member's name, that name with its
// object's before it, or the last words of it.
func (t *teller) left(parent, name string) (string, bool) {
	for _, fits := range []func(string) bool{
		func(left string) bool { return left == name },
		func(left string) bool { return left == parent+"_"+name },
		func(left string) bool { return strings.HasSuffix(name, "_"+left) },
	} {
		for _, h := range t.hooks {
			if i := slices.IndexFunc(h.leaves, fits); i >= 0 {
				return h.leaves[i], true
			}
		}
	}
	return "", false
}

// flag writes a truth value: a true one says that hooks have run, those whose
// names have most of its words, or else all of them.
func (t *teller) flag(name string, want bool) string {
	if left, ok := t.left("", name); ok && left == name {
		return "getattr(request.state, " + pythonString(left) + ", False)"
	} else if ok && name == "has_"+left {
		return "hasattr(request.state, " + pythonString(left) + ")"
	}
	if !want || len(t.hooks) == 0 {
		return pythonLiteral(want)
	}
	best, names := 0, []string{}
	for _, h := range t.hooks {
		n := shared(name, h.handler+"_"+strings.ReplaceAll(h.name, "-", "_"))
		if n > best {
			best, names = n, nil
		}
		if n == best {
			names = append(names, pythonString(h.function))
		}
	}
	return "ran(request, " + strings.Join(names, ", ") + ")"
}

// shared counts the words of a flag that a hook's names have too, in some form:
// logged is log, authenticated is authenticator.
func shared(flag, names string) int {
	n := 0
	for word := range strings.SplitSeq(flag, "_") {
		if slices.ContainsFunc(strings.Split(names, "_"), func(other string) bool { return sameStem(word, other) }) {
			n++
		}
	}
	return n
}

func sameStem(a, b string) bool {
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	return a == b || same >= 3 && (same == len(a) || same == len(b)) || same >= 5
}

// refusal writes how a hook ends the request, in the words of the case.
func refusal(h *hook, c *Case, headers string) string {
	expect := Expect{Status: h.refuses, Body: refusalWords(h)}
	for _, step := range c.Steps {
		if step.Expect.Status == h.refuses {
			if step.Expect.Body == nil {
				step.Expect.Body = expect.Body
			}
			expect = step.Expect
			break
		}
	}
	return answerOfHook(c, expect, headers)
}

func refusalWords(h *hook) any {
	switch {
	case h.refuses == http.StatusTooManyRequests:
		return map[string]any{"error": "Rate limit exceeded", "message": "Too many requests, please try again later"}
	case h.refuses == http.StatusUnauthorized:
		return map[string]any{"error": "Unauthorized", "message": "Invalid or expired authentication token"}
	case h.handler == "check_admin_role":
		return map[string]any{"error": "Forbidden", "message": "Admin role required for this endpoint"}
	}
	return map[string]any{"error": "Forbidden", "message": "Insufficient permissions"}
}

// formatsError answers an error in the words of the case.
func formatsError(_ *hook, c *Case) string {
	expect := Expect{
		Status: http.StatusInternalServerError,
		Body:   map[string]any{"error": "Internal Server Error", "message": "An unexpected error occurred"},
	}
	for _, step := range c.Steps {
		if raises(c, step) {
			if step.Expect.Body == nil {
				step.Expect.Body = expect.Body
			}
			expect = step.Expect
			break
		}
	}
	return answerOfHook(c, expect, "")
}

// answerOfHook writes an answer that a hook gives itself. Headers that other
// hooks or the framework set are theirs.
func answerOfHook(c *Case, expect Expect, headers string) string {
	hooks, err := hooksOf(c)
	if err != nil {
		return "return None"
	}
	own := map[string]any{}
	for name, want := range expect.Headers {
		challenge := expect.Status == http.StatusUnauthorized && strings.EqualFold(name, "WWW-Authenticate")
		if want != absent && (challenge || !ownedByFramework(name)) && !setByHook(hooks, name) {
			own[name] = sample(want)
		}
	}
	text := strings.TrimSuffix(pythonLiteral(own), "}")
	for _, more := range []string{headers, pythonString(trailHeader) + ": trail(request)"} {
		if more != "" && text != "{" {
			text += ", "
		}
		text += more
	}
	media := ""
	if want := headerOf(expect.Headers, "Content-Type"); isLiteral(want) && want != "application/json" {
		media = ", media_type=" + pythonString(want)
	}
	content := newTeller(c, hooks).content(expect.Body)
	return "return Response(" + content + ", status_code=" + strconv.Itoa(expect.Status) + media + ", headers=" + text + "})"
}

// setByHook says whether one of the hooks sets the header.
func setByHook(hooks []*hook, name string) bool {
	return slices.ContainsFunc(hooks, func(h *hook) bool { return slices.Contains(h.sets, strings.ToLower(name)) })
}
