// Package bind turns a request into the arguments of a handler. The types that
// the manifest describes are compiled once, when a route is mounted, into trees
// of binders; a request walks them, reflects upon nothing, and in plain cases
// allocates nothing.
//
// A JSON Schema is compiled likewise: into nodes that check a value in the pass
// that reads it. Values are read again only for what compares them whole or
// tries alternatives, within a budget.
//
// There are two kinds of binder. A textBinder takes the text of a path, query,
// header or cookie parameter, leniently, since a text is all a client can send
// there. A jsonBinder takes a value of a JSON body, by its JSON type. Both
// write wire values ([github.com/spikard/spikard-go/pybridge/wire]) and report
// what they refuse, all of it, in the vocabulary of pydantic; the body is read
// in one pass, whatever the order of its members.
//
// A form becomes JSON text first, for jsonBinders to read: its texts become what
// the target of the binders, or of a schema, wants of them.
//
//   - [Compile] makes the binder of a Python function.
//   - [CompileStruct] makes the binder of a Go handler's input struct. The same
//     binders write wire values, and compiled fillers put these into the fields,
//     so that both languages refuse the same requests with the same answers.
//   - [CompileValue] makes the binder of a value that Go hands to Python.
//
// # Concurrency
//
// What the three give may be used by any number of goroutines at once.
package bind
