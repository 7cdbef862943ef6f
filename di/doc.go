// Package di is the dependency injection of an app: it knows how values are
// made, checks at start that all of them can be, and makes them for each
// request, in order, at the cost of calling the functions that make them. It
// knows nothing of HTTP, and of Python no more than how its types are named.
//
// # The way of a value
//
// A [Key] names a value: a type ([KeyOf], [TypeKey]) or a plain name. A
// [Provider] says how the value for a key is made, what that [Need]s, and how
// long the value lives ([Lifetime]). Providers are added to a [Registry]:
//
//	r := di.NewRegistry()
//	r.Add(di.Provider{
//		Key:      di.KeyOf[*Session](),
//		Lifetime: di.Request,
//		Needs:    []di.Need{{Key: di.KeyOf[*sql.DB]()}},
//		Name:     "shop.OpenSession",
//		Build: func(ctx context.Context, deps []any) (any, func(error) error, error) {
//			s, err := OpenSession(ctx, deps[0].(*sql.DB))
//			if err != nil {
//				return nil, nil, err
//			}
//			return s, s.End, nil // End commits for nil and rolls back otherwise
//		},
//	})
//
// [Registry.Seal] ends the registration and reports every mistake at once, as
// [Fault]s: what is missing, with who needs it and what may have been meant,
// cycles, duplicates, and singletons that hold on to something short-lived.
//
// [Registry.Compile] turns what one handler needs into a [Plan]: numbered
// slots, each made from slots before it. [Registry.Start] builds the
// singletons. Each request then opens the plan, which gives a [Scope], reads
// values by slot, and closes the scope:
//
//	scope, err := plan.Open(ctx)
//	if err != nil {
//		return err // what was built is cleaned up already
//	}
//	failure := handle(scope.Value(plan.Needs[0]).(*Session))
//	return errors.Join(failure, scope.Close(failure))
//
// [Registry.Stop] cleans the singletons up. A [Session] makes values outside of
// plans.
//
// In an fx app [Provide], [Supply] and [Bind] register Go functions and values
// without any of this; [Replace] puts others in their place for a test.
//
// # Which provider counts
//
// Keys that are tied by [Registry.Alias], as those of a Go type and of the
// Python class that it is seen as, are one: whichever has a provider answers
// both. Two providers of one key are a fault, unless all but one are Weak, and
// yield to it, or one was added by [Registry.Replace].
//
// # Clean-up
//
// A value may come with a clean-up. Clean-ups run in reverse order of
// building, every one, even if some fail or panic, and are told whether the
// request failed: a transaction commits or rolls back by that. Their errors
// come back from Close, in time for the caller to change its answer.
//
// # Foreign providers
//
// A provider with Foreign set instead of Build belongs to another engine. Its
// singletons are made by the function of [Registry.SetForeign], in one order
// with those of Go, so that each may need the other's. Its other values are for
// the caller to make: [Plan.Turns] is the order in which the two sides build.
// Open builds what needs nothing foreign; for a later turn of Go's the caller
// gives the scope the values it needs ([Scope.Set]) and has it built
// ([Scope.Build]), and [Scope.CloseTo] cleans that up before what the other side
// built earlier.
//
// # Cost
//
// Names are looked up when a plan is compiled, never for a request, which
// takes no lock once its lazy singletons are built. Opening and closing a scope
// allocates two small objects, or nothing if no value is built for it.
package di
