package form

import (
	"strconv"

	"github.com/spikard/spikard-go/spikard/api"
)

// Node is what stands under one name: texts and files, or, as the names go on
// in brackets, other nodes.
type Node struct {
	// Fields are the indexes of the fields that have this very name.
	Fields []int
	// Listed says that the name has "[]" behind it: a list, of one item too.
	Listed bool
	// Members are in the order in which they first came.
	Members []Member

	byName map[string]int
}

// Member is a node with its part of the name.
type Member struct {
	Name string
	Node *Node
}

// manyMembers is where a map becomes faster than comparing names.
const manyMembers = 8

// Member gives the member of a name, or nil.
func (n *Node) Member(name string) *Node {
	if n.byName != nil {
		if i, ok := n.byName[name]; ok {
			return n.Members[i].Node
		}
		return nil
	}
	for i := range n.Members {
		if n.Members[i].Name == name {
			return n.Members[i].Node
		}
	}
	return nil
}

func (n *Node) add(name string) *Node {
	if m := n.Member(name); m != nil {
		return m
	}
	m := &Node{}
	n.Members = append(n.Members, Member{name, m})
	switch {
	case n.byName != nil:
		n.byName[name] = len(n.Members) - 1
	case len(n.Members) > manyMembers:
		n.byName = make(map[string]int, 2*len(n.Members))
		for i := range n.Members {
			n.byName[n.Members[i].Name] = i
		}
	}
	return m
}

// Tree gives the fields by their names: "a[b]" is the member b of a, "a[0]" its
// first item, "a[]" one more of its items. A name that literal knows, and one
// whose brackets don't pair up, is taken as it stands; nil knows none.
//
// # Errors
//
// 400 for names that contradict each other or go on for too long.
func (f *Form) Tree(literal func(name string) bool) (*Node, *api.Problem) {
	root := &Node{}
	var steps []string
	for i := range f.Fields {
		name := f.Fields[i].Name
		steps = append(steps[:0], name)
		if literal == nil || !literal(name) {
			var p *api.Problem
			if steps, p = split(name, steps[:0]); p != nil {
				return nil, p
			}
		}
		if p := root.place(i, name, steps); p != nil {
			return nil, p
		}
	}
	return root, nil
}

// place puts a field where its name's steps lead.
func (n *Node) place(index int, name string, steps []string) *api.Problem {
	last := len(steps) - 1
	listed := last > 0 && steps[last] == ""
	if listed {
		steps = steps[:last]
	}
	for _, step := range steps {
		if len(n.Fields) > 0 {
			return contradiction(name)
		}
		n = n.add(step)
	}
	if len(n.Members) > 0 {
		return contradiction(name)
	}
	n.Fields = append(n.Fields, index)
	n.Listed = n.Listed || listed
	return nil
}

func contradiction(name string) *api.Problem {
	return badForm("The form's field %s contradicts another: what has a value of its own has no members", shown(name))
}

// Indexed tells whether the members are numbered, as the items of a list are.
func (n *Node) Indexed() bool {
	for i := range n.Members {
		if _, ok := index(n.Members[i].Name); !ok {
			return false
		}
	}
	return len(n.Members) > 0
}

// Items gives the members of an indexed node in the order of their numbers.
//
// # Errors
//
// 400 where a number is left out.
func (n *Node) Items() ([]*Node, *api.Problem) {
	items := make([]*Node, len(n.Members))
	missing := -1
	for i := range n.Members {
		if at, _ := index(n.Members[i].Name); at < len(items) {
			items[at] = n.Members[i].Node
		} else if missing < 0 || at < missing {
			missing = at
		}
	}
	for i, item := range items {
		if item == nil {
			return nil, badForm("Failed to parse form data: missing index, expected: %d got %d", i, missing)
		}
	}
	return items, nil
}

// index reads a number as it is written in brackets: without sign and leading
// zeros, so that there is one way only.
func index(name string) (int, bool) {
	if len(name) == 0 || len(name) > 9 || (name[0] == '0' && len(name) > 1) {
		return 0, false
	}
	for i := range len(name) {
		if name[i] < '0' || name[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(name)
	return n, err == nil
}
