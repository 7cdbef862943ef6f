package form

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// show writes a tree as JSON would be, with lists where all is numbered.
func show(t *testing.T, f *Form, n *Node) string {
	t.Helper()
	var out []string
	switch {
	case len(n.Fields) > 0:
		for _, i := range n.Fields {
			out = append(out, f.Fields[i].Value)
		}
		if n.Listed || len(out) > 1 {
			return "[" + strings.Join(out, " ") + "]"
		}
		return out[0]
	case n.Indexed():
		items, p := n.Items()
		if p != nil {
			return p.Detail
		}
		for _, item := range items {
			out = append(out, show(t, f, item))
		}
		return "[" + strings.Join(out, " ") + "]"
	}
	for _, m := range n.Members {
		if n.Member(m.Name) != m.Node {
			t.Errorf("member %q isn't found", m.Name)
		}
		out = append(out, m.Name+":"+show(t, f, m.Node))
	}
	return "{" + strings.Join(out, " ") + "}"
}

func TestTree(t *testing.T) {
	t.Parallel()
	deep := "a" + strings.Repeat("[b]", maxBrackets)
	for body, want := range map[string]string{
		"":                               "{}",
		"a=1&b=2&a=3":                    "{a:[1 3] b:2}",
		"a[]=1":                          "{a:[1]}",
		"a[]=1&b=2&a[]=3&a=4":            "{a:[1 3 4] b:2}",
		"u[name]=x&u[age]=3":             "{u:{name:x age:3}}",
		"u[name]=x&u[name]=y":            "{u:{name:[x y]}}",
		"u[tags][]=x":                    "{u:{tags:[x]}}",
		"i[0][id]=1&i[1][id]=2&i[0][n]=": "{i:[{id:1 n:} {id:2}]}",
		"i[1]=b&i[0]=a":                  "{i:[a b]}",
		"i[0][]=a":                       "{i:[[a]]}",
		"i[0]=a&i[x]=b":                  "{i:{0:a x:b}}",
		"i[00]=a&i[-1]=b":                "{i:{00:a -1:b}}",
		"i[1]=a":                         "{i:Failed to parse form data: missing index, expected: 0 got 1}",
		"i[0]=a&i[2]=a&i[9999999]=a":     "{i:Failed to parse form data: missing index, expected: 1 got 9999999}",
		"i[0]=a&i[5]=a&i[3]=a":           "{i:Failed to parse form data: missing index, expected: 1 got 3}",
		"i[99999999999999999999]=a":      "{i:{99999999999999999999:a}}",
		"a[=1&b]=2&[c]=3&d[e=4&f[g]h=5":  "{a[:1 b]:2 [c]:3 d[e:4 f[g]h:5}",
		"a[[b]]=1&a]b[c]=2":              "{a[[b]]:1 a]b:{c:2}}",
		"user-name=a&contact.email=b":    "{user-name:a contact.email:b}",
		"literal[x]=1&literal[]=2":       "{literal[x]:1 literal[]:2}",
		deep + "=1":                      "{a:" + strings.Repeat("{b:", maxBrackets) + "1" + strings.Repeat("}", maxBrackets) + "}",
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			f, p := ParseURLEncoded([]byte(body), wide)
			if p != nil {
				t.Fatal(p)
			}
			tree, p := f.Tree(func(name string) bool { return strings.HasPrefix(name, "literal") })
			if p != nil {
				t.Fatal(p)
			}
			if got := show(t, f, tree); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestTreeRefusals(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"a=1&a[b]=2":   `The form's field "a[b]" contradicts another`,
		"a[b]=1&a=2":   `The form's field "a" contradicts another`,
		"a[]=1&a[b]=2": `The form's field "a[b]" contradicts another`,
		"a[b]=1&a[]=2": `The form's field "a[]" contradicts another`,
		"a[0]=1&a[]=2": `The form's field "a[]" contradicts another`,
		"a[][b]=1":     `The form's field "a[][b]" has more behind []: give the items numbers, as in [0]`,
		"a" + strings.Repeat("[b]", maxBrackets+1) + "=1":             "has more than 32 brackets",
		strings.Repeat("a[b]", 1) + strings.Repeat("[b]", 1e5) + "=1": "has more than 32 brackets",
	} {
		f, p := ParseURLEncoded([]byte(body), wide)
		if p != nil {
			t.Fatal(p)
		}
		if _, p := f.Tree(nil); p == nil || p.Status != 400 || !strings.Contains(p.Detail, want) || len(p.Detail) > 200 {
			t.Errorf("%.40s: got %v, want %s", body, p, want)
		}
	}
}

func TestManyNames(t *testing.T) {
	t.Parallel()
	f := &Form{}
	for i := range 1000 {
		f.Fields = append(f.Fields, Field{Name: fmt.Sprintf("a[%d][x%d]", i%10, i), Value: "1"})
	}
	tree, p := f.Tree(nil)
	if p != nil || len(tree.Member("a").Members) != 10 || len(tree.Member("a").Member("3").Members) != 100 {
		t.Fatal(tree, p)
	}
	show(t, f, tree)
}

// FuzzBrackets checks that every field comes to stand exactly once, and a flat
// name under itself.
func FuzzBrackets(f *testing.F) {
	for _, seed := range []string{"a=1", "a[]=1&a=2", "a[b][c]=1", "a[0]=1&a[1]=2", "a[[[[", "a]]=[", "[]=&a[b]c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		form, p := ParseURLEncoded([]byte(body), wide)
		if p != nil {
			return
		}
		tree, p := form.Tree(nil)
		if p != nil {
			if p.Status != 400 || !strings.Contains(body, "[") && !strings.Contains(body, "%5") {
				t.Errorf("%q: %v", body, p)
			}
			return
		}
		show(t, form, tree)
		var seen []int
		depth := collect(tree, &seen)
		slices.Sort(seen)
		for i := range form.Fields {
			if i >= len(seen) || seen[i] != i {
				t.Fatalf("%q: fields %v", body, seen)
			}
			if name := form.Fields[i].Name; !strings.Contains(name, "[") && !slices.Contains(tree.Member(name).Fields, i) {
				t.Errorf("%q: field %q isn't under its name", body, name)
			}
		}
		if depth > maxBrackets+2 {
			t.Errorf("%q: depth %d", body, depth)
		}
	})
}

func collect(n *Node, seen *[]int) int {
	*seen = append(*seen, n.Fields...)
	depth := 0
	for _, m := range n.Members {
		depth = max(depth, collect(m.Node, seen))
	}
	return depth + 1
}
