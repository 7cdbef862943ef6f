package di

// choice says which provider answers which key. Keys that are tied have one
// node together.
type choice struct {
	// providers[i] is the one that counts for node i.
	providers []*Provider
	// rivals[i] are those that claim the node, if there is more than one.
	rivals [][]*Provider
	// idle are replacements that have nothing to replace.
	idle []*Provider
	// index has every key that was given to a provider or tied.
	index map[Key]int
}

// choose settles the registrations. Nodes are in the order of the first
// registration of their keys.
func (r *Registry) choose() *choice {
	c := &choice{index: make(map[Key]int, len(r.providers))}
	for _, p := range r.providers {
		c.weigh(c.node(r.ties.name(p.Key)), p)
	}
	replaced := map[int]bool{}
	for _, p := range r.replacements {
		if !r.ties.provided(p.Key) {
			c.idle = append(c.idle, p)
		}
		i := c.node(r.ties.name(p.Key))
		c.providers[i], c.rivals[i] = p, nil
		replaced[i] = true
	}
	for _, p := range append(r.providers[:len(r.providers):len(r.providers)], r.replacements...) {
		c.index[p.Key] = c.index[r.ties.name(p.Key)]
	}
	for _, tie := range r.ties.all {
		if i, ok := c.index[r.ties.name(tie.Key)]; ok {
			c.index[tie.Alias], c.index[tie.Key] = i, i
		}
	}
	return c
}

// claims gives the providers of a node that weren't replaced and didn't yield.
func (c *choice) claims(i int) []*Provider {
	if len(c.rivals[i]) > 0 {
		return c.rivals[i]
	}
	return c.providers[i : i+1]
}

// node gives the number of a common name.
func (c *choice) node(name Key) int {
	i, ok := c.index[name]
	if !ok {
		i = len(c.providers)
		c.index[name] = i
		c.providers, c.rivals = append(c.providers, nil), append(c.rivals, nil)
	}
	return i
}

// weigh has one more provider claim a node.
func (c *choice) weigh(i int, p *Provider) {
	before := c.providers[i]
	switch {
	case before == nil, before.Weak && !p.Weak:
		c.providers[i] = p
	case p.Weak:
	case c.rivals[i] == nil:
		c.rivals[i] = []*Provider{before, p}
	default:
		c.rivals[i] = append(c.rivals[i], p)
	}
}

// nodeOf gives the number of a key, or none.
func (c *choice) nodeOf(k Key) int {
	if i, ok := c.index[k]; ok {
		return i
	}
	return none
}
