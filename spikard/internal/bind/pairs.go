package bind

// pairs holds the named texts of a request that some parameter wants: those of
// the query and of the cookies. A name may come many times; the texts of one
// are a chain, in order.
type pairs struct {
	list   []pair
	chains []chain
}

// pair is a text as it stands in the request, still encoded.
type pair struct {
	raw string
	// next is the index behind the next pair of the same name, 0 for none.
	next int
}

// chain has the indexes behind its ends; the zero value is empty.
type chain struct{ first, last, count int }

// open makes room for n names.
func (p *pairs) open(n int) {
	for range n {
		p.chains = append(p.chains, chain{})
	}
}

// reset drops the texts, which belong to the request.
func (p *pairs) reset() {
	clear(p.list)
	p.list, p.chains = p.list[:0], p.chains[:0]
}

func (p *pairs) add(slot int, raw string) {
	p.list = append(p.list, pair{raw: raw})
	c := &p.chains[slot]
	if c.count++; c.count == 1 {
		c.first = len(p.list)
	} else {
		p.list[c.last-1].next = len(p.list)
	}
	c.last = len(p.list)
}

// names gives each wanted name a slot.
type names struct {
	list   []string
	byName map[string]int
	// first is the slot of the first name.
	first int
}

// slot gives the slot of a name, adding it if need be.
func (n *names) slot(name string) int {
	if i := n.find(name); i >= 0 {
		return i
	}
	n.list = append(n.list, name)
	if len(n.list) > manyFields {
		n.index()
	}
	return n.first + len(n.list) - 1
}

func (n *names) index() {
	n.byName = make(map[string]int, len(n.list))
	for i, name := range n.list {
		n.byName[name] = i
	}
}

// find gives the slot of a name, or -1.
func (n *names) find(name string) int {
	if n.byName != nil {
		if i, ok := n.byName[name]; ok {
			return n.first + i
		}
		return -1
	}
	for i := range n.list {
		if n.list[i] == name {
			return n.first + i
		}
	}
	return -1
}
