// Package di is the dependency injection of an app: it knows how values are
// made, checks at start that all of them can be, and makes them for each
// request, in order, at the cost of calling the functions that make them. It
// knows nothing of HTTP and nothing of Python.
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
// [Registry.Stop] cleans the singletons up.
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
// A provider with Foreign set instead of Build belongs to another engine. It
// takes part in the checks and has a step and a slot in plans, and Open leaves
// its slot nil: the caller takes those steps out of [Plan.Steps] and has the
// engine run them, with values of Go slots as inputs. Values built in Go can't
// need foreign ones ([Plan.GoNeedsForeign]).
//
// # Cost
//
// Names are looked up when a plan is compiled, never for a request, which
// takes no lock. Opening and closing a scope allocates one small object, or
// nothing if no value is built for it.
package di
