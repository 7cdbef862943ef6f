package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// injected is a value that the handler can reach from its arguments, and what
// the case lets one expect of it.
type injected struct {
	python string // the expression that gives it
	name   string // the member or dependency that it is
	// of is the dependency it is a part of, by key.
	of string
	// given values are in the case itself; the others are made by a factory.
	given bool
	// value is that of one without members.
	value   any
	members []*injected
	// dependency says that it is one as a whole.
	dependency bool
}

// reach lists the values below an argument, those near it first.
func reach(roots []*injected) []*injected {
	all := slices.Clone(roots)
	for i := 0; i < len(all); i++ {
		all = append(all, all[i].members...)
	}
	return all
}

// tree is what a dependency gives, under a Python expression. path holds the
// keys above it, so that a cycle ends.
func (w *wiring) tree(key, python string, path []string) *injected {
	node := &injected{python: python, name: key, of: key, dependency: true}
	d := w.route[key]
	switch {
	case d == nil || slices.Contains(path, key):
		return node
	case d.isValue():
		node.given = true
		node.fill(d.Value, d.class != "")
		return node
	}
	m := makerOf(d.Factory)
	if m.plain() {
		node.value = m.value.value
		return node
	}
	for _, p := range m.members {
		node.members = append(node.members, &injected{python: python + "." + p.name, name: p.name, of: key, value: p.value})
	}
	for i, needed := range d.DependsOn {
		node.members = append(node.members, w.tree(needed, python+"."+memberName(needed, i), append(path, key)))
	}
	return node
}

// fill takes over a JSON value.
func (n *injected) fill(value any, attributes bool) {
	object, ok := value.(map[string]any)
	if !ok {
		n.value = value
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		python := n.python + "[" + pythonString(name) + "]"
		if attributes && isName(name) {
			python = n.python + "." + name
		}
		member := &injected{python: python, name: name, of: n.of, given: true}
		member.fill(object[name], false)
		n.members = append(n.members, member)
	}
}

// is says whether the case lets one expect this value of it.
func (n *injected) is(want any) bool {
	if n.members != nil {
		return false
	}
	switch n.value {
	case nil:
		return n.given && want == nil
	case anyNumber:
		_, ok := want.(json.Number)
		return ok || want == present
	case anyUUID:
		return want == anyUUID || want == present
	case present:
		return want == present
	}
	return differ(want, n.value, "") == ""
}

// explain finds the expression by which the handler gives a member of its
// answer: a dependency or a member by its name, a member by a name with its
// dependency's before it, and last a value that only one of them has. What it
// finds by name alone must also be what the case lets one expect, but where the
// case gives the value itself: there the answer decides.
func explain(name string, want any, roots []*injected) (string, bool) {
	all := reach(roots)
	for _, named := range []func(*injected) bool{
		func(n *injected) bool { return n.name == name },
		func(n *injected) bool { return n.qualified(name) },
	} {
		found := slices.DeleteFunc(slices.Clone(all), func(n *injected) bool { return !named(n) })
		for _, n := range found {
			if text, ok := n.as(want); ok {
				return text, true
			}
		}
		for _, n := range found {
			if n.given && n.members == nil {
				return n.python, true
			}
		}
	}
	if text, ok := presence(name, want, all); ok {
		return text, true
	}
	for _, n := range all {
		if n.dependency && begins(name, n.name) {
			if text, ok := only(want, reach([]*injected{n})); ok {
				return text, true
			}
		}
	}
	return only(want, all)
}

// as gives the value where it is one that is wanted, a dependency also by the
// one part of it that is.
func (n *injected) as(want any) (string, bool) {
	if object, ok := want.(map[string]any); ok {
		text, all := describe(object, []*injected{n})
		return text, all && n.members != nil
	}
	if n.is(want) {
		return n.python, true
	}
	if n.members == nil || want == true {
		return "", false
	}
	return only(want, reach(n.members))
}

// qualified says whether the name is the member's with its dependency's, or a
// part of that, before it: pool_status is the status of db_pool.
func (n *injected) qualified(name string) bool {
	before, ok := strings.CutSuffix(name, "_"+n.name)
	return ok && !n.dependency && calls(before, n.of)
}

// begins says whether the name's first words call the dependency.
func begins(name, key string) bool {
	for i := range name {
		if name[i] == '_' && calls(name[:i], key) {
			return true
		}
	}
	return false
}

// calls says whether a name means the dependency: it is one or more of the
// key's words, or short for one.
func calls(name, key string) bool {
	if name == "" || strings.Contains("_"+key+"_", "_"+name+"_") {
		return name != ""
	}
	return slices.ContainsFunc(strings.Split(key, "_"), func(word string) bool {
		return shortFor(name, word) || shortFor(word, name)
	})
}

// shortFor says whether a word is another without some of its letters, as db is
// database and log is logger.
func shortFor(short, word string) bool {
	if len(short) < 2 || len(word) < len(short) || short[0] != word[0] {
		return false
	}
	at := 0
	for i := 0; i < len(word) && at < len(short); i++ {
		if word[i] == short[at] {
			at++
		}
	}
	return at == len(short)
}

// presence tells that a dependency is there, where the answer says so: has_db.
func presence(name string, want any, all []*injected) (string, bool) {
	if want != true {
		return "", false
	}
	bare := strings.TrimPrefix(name, "has_")
	for _, n := range all {
		if n.dependency && (n.name == name || bare != name && calls(bare, n.name) || begins(name, n.name)) {
			return n.python + " is not None", true
		}
	}
	return "", false
}

// only finds the one value that is wanted. That two have it tells nothing, nor
// does what so many values are; of those that are made anew, any one will do.
func only(want any, all []*injected) (string, bool) {
	switch want.(type) {
	case nil, bool, map[string]any:
		return "", false
	}
	found := slices.DeleteFunc(slices.Clone(all), func(n *injected) bool { return !n.is(want) })
	if len(found) == 0 || len(found) > 1 && ownWords(want) || len(found) > 1 && found[0].given {
		return "", false
	}
	return found[0].python, true
}

// describe writes the members of an answer. What nothing explains are the
// handler's own words, if it is a text or a truth value. The second result says
// that everything else is explained, and something is.
func describe(members map[string]any, roots []*injected) (string, bool) {
	items := make([]string, 0, len(members))
	explained := false
	for _, name := range slices.Sorted(maps.Keys(members)) {
		want := members[name]
		text, ok := explainMember(name, want, roots)
		switch {
		case ok:
			explained = true
		case !ownWords(want):
			return "", false
		default:
			text = pythonLiteral(want)
		}
		items = append(items, pythonString(name)+": "+text)
	}
	return "{" + strings.Join(items, ", ") + "}", explained
}

// explainMember is [explain] for a member that may be an object without a
// dependency of its name: then its own members are explained.
func explainMember(name string, want any, roots []*injected) (string, bool) {
	text, ok := explain(name, want, roots)
	if object, nested := want.(map[string]any); !ok && nested {
		return describe(object, roots)
	}
	return text, ok
}

// ownWords says whether a handler can say this without having been given it.
func ownWords(want any) bool {
	switch want := want.(type) {
	case string:
		return want != anyUUID && want != present
	case bool, nil:
		return true
	}
	return false
}
