package di

// Tie says that two keys name the same dependency.
type Tie struct {
	Alias, Key Key
	// Source is where they were tied.
	Source Source
}

// ties knows which keys are one. Keys that are tied, directly or over others,
// have one of them for a name in common (union and find).
type ties struct {
	all    []Tie
	parent map[Key]Key
	has    map[Key]bool // by common name: whether one of the keys has a provider
}

func newTies() ties { return ties{parent: map[Key]Key{}, has: map[Key]bool{}} }

// name is the common name of the keys that k is tied to, or k itself.
func (t *ties) name(k Key) Key {
	for {
		up, ok := t.parent[k]
		if !ok {
			return k
		}
		k = up
	}
}

func (t *ties) add(tie Tie) {
	t.all = append(t.all, tie)
	alias, key := t.name(tie.Alias), t.name(tie.Key)
	if alias == key {
		return
	}
	t.parent[alias] = key
	t.has[key] = t.has[key] || t.has[alias]
	delete(t.has, alias)
}

func (t *ties) provide(k Key) { t.has[t.name(k)] = true }

func (t *ties) provided(k Key) bool { return t.has[t.name(k)] }

// of gives the ties that k takes part in, directly or over others.
func (t *ties) of(k Key) []Tie {
	var out []Tie
	name := t.name(k)
	for _, tie := range t.all {
		if t.name(tie.Key) == name {
			out = append(out, tie)
		}
	}
	return out
}
