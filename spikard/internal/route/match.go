package route

import "slices"

// node is a place in a method's templates, reached through the segments before
// it.
type node struct {
	// texts and globs are the segments that may follow: text, and anything
	// with parameters, the one that may lead to the best route first.
	texts map[string]*node
	globs []edge
	// open are the routes whose path parameter may start here, best first.
	open []*leaf
	// end is the route that ends here.
	end *leaf
	// best is the lowest rank from here on.
	best int
}

type edge struct {
	segment *segment
	to      *node
}

// insert adds a route. Routes come best first, which is why best and the order
// of globs and open need no more work.
func (n *node) insert(l *leaf) {
	t := l.Template
	for i := range t.segments[:t.open] {
		n = n.follow(&t.segments[i], l.rank)
	}
	if t.tail != nil {
		n.open = append(n.open, l)
	} else {
		n.end = l
	}
}

func (n *node) follow(s *segment, rank int) *node {
	if s.kind == textSegment {
		if n.texts == nil {
			n.texts = make(map[string]*node)
		}
		if n.texts[s.before] == nil {
			n.texts[s.before] = &node{best: rank}
		}
		return n.texts[s.before]
	}
	i := slices.IndexFunc(n.globs, func(e edge) bool { return e.segment.key == s.key })
	if i < 0 {
		i = len(n.globs)
		n.globs = append(n.globs, edge{segment: s, to: &node{best: rank}})
	}
	return n.globs[i].to
}

func (m *methodTable) match(path string, values []string) (id int, out []string, ok bool) {
	l := m.find(path)
	if l == nil {
		return 0, values[:0], false
	}
	return l.ID, l.Template.split(path, values[:0]), true
}

// find gives the route that goes first, or nil.
func (m *methodTable) find(path string) *leaf {
	if path == "" || path[0] != '/' {
		return nil
	}
	s := search{path: path}
	s.visit(m.root, 1, true)
	return s.best
}

// search looks for the best route through all branches that fit, but leaves
// out those that can't beat what it has. Since templates without a path
// parameter cut a path at its slashes, it comes to each node once at most.
type search struct {
	path     string
	best     *leaf
	accepted bool // whether best's converters accept the path
}

func (s *search) visit(n *node, pos int, accepted bool) {
	if !s.improves(n.best, accepted) {
		return
	}
	if pos > len(s.path) { // behind the last segment
		if n.end != nil {
			s.offer(n.end, accepted)
		}
		return
	}
	end := segmentEnd(s.path, pos)
	text := s.path[pos:end]
	if to := n.texts[text]; to != nil {
		s.visit(to, end+1, accepted)
	}
	for i := range n.globs {
		e := &n.globs[i]
		if !s.improves(e.to.best, accepted) {
			continue
		}
		if fits, accepts := e.segment.match(text); fits {
			s.visit(e.to, end+1, accepted && accepts)
		}
	}
	for _, l := range n.open {
		if !s.improves(l.rank, accepted) {
			continue
		}
		if fits, accepts := l.Template.tail.match(s.path[pos:]); fits {
			s.offer(l, accepted && accepts)
		}
	}
}

// improves tells whether a route of that rank goes before the best so far.
func (s *search) improves(rank int, accepted bool) bool {
	switch {
	case s.best == nil:
		return true
	case accepted != s.accepted:
		return accepted
	default:
		return rank < s.best.rank
	}
}

func (s *search) offer(l *leaf, accepted bool) {
	if s.improves(l.rank, accepted) {
		s.best, s.accepted = l, accepted
	}
}
