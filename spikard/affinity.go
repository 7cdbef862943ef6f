package spikard

import (
	"github.com/spikard/spikard-go/di"
	"github.com/spikard/spikard-go/pybridge"
)

// madeOnLoop tells that asynchronous Python code has made a singleton, or one that
// it was made from. It may belong to the event loop's thread, as a connection of
// sqlite3 does: asynchronous code expects to find it there.
func (a *pythonApp) madeOnLoop(p *di.Provider) bool {
	return a.reachesLoop(p, map[*di.Provider]bool{})
}

func (a *pythonApp) reachesLoop(p *di.Provider, seen map[*di.Provider]bool) bool {
	if seen[p] || p.Lifetime != di.Singleton {
		return false
	}
	seen[p] = true
	if f, ok := p.Foreign.(foreign); ok {
		switch a.manifest.Callables[f.callable].Kind {
		case pybridge.KindCoroutine, pybridge.KindAsyncGenerator:
			return true
		}
	}
	plan, err := a.registry.Compile(p.Needs)
	if err != nil {
		return false // the registry reports it
	}
	for _, step := range plan.Steps {
		if a.reachesLoop(step.Provider, seen) {
			return true
		}
	}
	return false
}
