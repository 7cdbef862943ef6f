package di

import (
	"slices"
	"strings"
)

// MissingError says that a key is needed and nothing provides it. There is one
// for each such key, however many need it.
type MissingError struct {
	Key Key
	// Need is the root at which Path begins. It is the zero value when only
	// providers that no root leads to need the key.
	Need Need
	// Path leads to the key, from the root, by the shortest way. The last
	// link has no provider.
	Path []Link
	// Similar are providers of keys that differ from this one in the module,
	// in upper and lower case or in a pointer only: the key that was meant
	// may be among them.
	Similar []*Provider
	// Ties are those of the key: nothing provides what it is tied to either.
	Ties []Tie
	// Roots are all that lead to the key.
	Roots []Need
}

// Error tells the whole way from the root to the missing key, and what may
// have been meant.
func (e *MissingError) Error() string {
	var b strings.Builder
	b.WriteString("no provider for " + e.Key.Label())
	writePath(&b, e.Path)
	writeTies(&b, e.Ties)
	if len(e.Similar) > 0 {
		b.WriteString("\n\t" + question(e.Similar))
	} else {
		b.WriteString("\n\tadd a provider for it, or make the need optional")
	}
	if len(e.Roots) > 1 {
		writeAffected(&b, e.Roots)
	}
	return b.String()
}

// question asks whether one of the providers was meant.
func question(similar []*Provider) string {
	names := make([]string, len(similar))
	for i, p := range similar {
		names[i] = p.Key.Label() + ", from " + p.title()
	}
	return "did you mean " + strings.Join(names, " or ") + "?"
}

// Affected gives Roots.
func (e *MissingError) Affected() []Need { return e.Roots }

var _ Fault = (*MissingError)(nil)

// lack is a key without a provider and who needs it.
type lack struct {
	key   Key
	root  *Need // the first root that needs it itself
	users []int // the nodes that need it, in order
	needs []*Need
}

// missing finds the keys that are needed and not provided, those that roots
// need first, then those of the providers, in order of registration.
func (g *graph) missing() []found {
	var lacks []*lack
	byName := map[Key]*lack{}
	of := func(k Key) *lack {
		name := g.ties.name(k)
		if byName[name] == nil {
			byName[name] = &lack{key: k}
			lacks = append(lacks, byName[name])
		}
		return byName[name]
	}
	for i := range g.roots {
		root := &g.roots[i]
		if root.Optional || g.targets[i] != none {
			continue
		}
		if l := of(root.Key); l.root == nil {
			l.root = root
		}
	}
	for i, p := range g.providers {
		for j := range p.Needs {
			if g.edges[i][j] == none && !p.Needs[j].Optional {
				l := of(p.Needs[j].Key)
				l.users, l.needs = append(l.users, i), append(l.needs, &p.Needs[j])
			}
		}
	}
	if len(lacks) == 0 {
		return nil
	}
	near := newNeighbours(g.providers)
	out := make([]found, len(lacks))
	for i, l := range lacks {
		path := g.pathToLack(l)
		out[i] = found{
			Fault: &MissingError{
				Key: path[len(path)-1].Need.Key, Need: path[0].Need, Path: path,
				Similar: near.of(l.key), Ties: g.ties.of(l.key), Roots: g.rootsLacking(l),
			},
			at: l.users,
		}
	}
	return out
}

// lacking is the fault of a need that Seal didn't know.
func (g *graph) lacking(need Need) *MissingError {
	return &MissingError{
		Key: need.Key, Need: need, Path: []Link{{Need: need}},
		Similar: newNeighbours(g.providers).of(need.Key), Ties: g.ties.of(need.Key), Roots: []Need{need},
	}
}

// pathToLack takes the need nearest to a root.
func (g *graph) pathToLack(l *lack) []Link {
	if l.root != nil {
		return []Link{{Need: *l.root}}
	}
	best := 0
	for i, user := range l.users {
		depth, least := g.arrivals[user].depth, g.arrivals[l.users[best]].depth
		if depth > 0 && (least == 0 || depth < least) {
			best = i
		}
	}
	return append(g.path(l.users[best]), Link{Need: *l.needs[best]})
}

func (g *graph) rootsLacking(l *lack) []Need {
	marked, name := g.usersOf(l.users...), g.ties.name(l.key)
	var out []Need
	for i, to := range g.targets {
		root := &g.roots[i]
		if to != none && marked[to] || to == none && !root.Optional && g.ties.name(root.Key) == name {
			out = append(out, *root)
		}
	}
	return out
}

// neighbours finds keys that look like one another.
type neighbours map[string][]*Provider

func newNeighbours(providers []*Provider) neighbours {
	n := neighbours{}
	for _, p := range providers {
		short := shortName(p.Key)
		n[short] = append(n[short], p)
	}
	return n
}

// shownSimilar keeps the question one that can be answered.
const shownSimilar = 3

func (n neighbours) of(k Key) []*Provider {
	similar := slices.Clone(n[shortName(k)])
	slices.SortFunc(similar, func(a, b *Provider) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return similar[:min(len(similar), shownSimilar)]
}

// shortName is what the keys of one name in different modules, in different
// case, or of a type and its pointer have in common.
func shortName(k Key) string {
	name := strings.TrimLeft(strings.TrimPrefix(string(k), typePrefix), "*")
	// The path of a type argument has dots of its own.
	base, arguments, _ := strings.Cut(name, "[")
	if i := strings.LastIndexByte(base, '.'); i >= 0 {
		base = base[i+1:]
	}
	if base == "" {
		base = arguments // a slice or an array: compare all of it
	}
	return strings.ToLower(base)
}
