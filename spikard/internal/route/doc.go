// Package route is the front of the router: it reads path templates, finds
// conflicts, and says what to register on Gin so that Gin can neither panic
// nor miss a route. It imports nothing of Gin: what it gives out is text.
//
// # From templates to answers
//
// [Parse] reads a template, [Compile] makes a [Table] from all of an app's
// routes. [Table.Mounts] lists what goes on Gin; [Table.Match] gives the same
// answers without Gin; [Table.Allowed] tells a 404 from a 405. All of them
// work on the canonical escaped path that [Canonical] makes of a URL. Values
// come out as they stand in it: whoever binds them decodes each one once.
//
// # Templates
//
// A template is text with parameters in braces: {name} or {name:converter}.
// The converters are str (the same as none), int, float, bool, uuid, date,
// datetime and path. A segment may hold several parameters with text between
// them ({a}-{b}, {name}.json). A parameter takes at least one character and no
// slash; one with the path converter takes any text, slashes and none at all
// included, as in Starlette, and may stand anywhere ({rest:path}/edit).
// Where a segment can be cut in several ways, values that its converters accept
// go first; then each parameter takes as much as it can, from left to right, as
// in a regular expression.
//
// Text is taken as it is, and matches whatever escaping a client chose for
// letters, digits, "-._~!'()*" and everything that a path must escape:
// /café matches /caf%C3%A9. "%XX" in a template is an escape too, which is
// how text holds a slash (%2F) or a "?" (%3F). The delimiters "$&+,;=:@"
// differ from their escapes, as RFC 3986 section 2.2 has it.
//
// Paths are not cleaned: /a, /a/, /a//b and /a/./b are four paths. Nothing is
// redirected.
//
// # Which template wins
//
// A template fits a path by its shape: text, slashes, and parameters that
// aren't empty. A template accepts a path that it fits when each converter
// also accepts its value. Of the templates of a method that fit,
//
//   - one that accepts goes before one that doesn't;
//   - then, from the left, at the first place where they differ in kind: text
//     goes before text with parameters (more text first), that before a
//     parameter with a converter, that before a plain one, and a path
//     parameter comes last;
//   - then the one that was registered first.
//
// So the order of registration never hides a more precise template, and a
// converter chooses between templates but never turns a path away: where
// /items/{id:int} stands alone, /items/x reaches it. The reason is the answer:
// whoever sends an id that isn't one is told which value is wrong and why
// (422), as by FastAPI for a typed argument; a 404 would hide it. Beside
// /items/{name}, the same request is for the other route.
//
// # Gin
//
// Gin's tree can't hold every set of templates, and with parameters beside
// text it doesn't always find its way back (v1.12: it gives up once it has
// taken a parameter, and at a trailing slash). A [Mount] is direct where Gin's
// own answer is provably the right one, and carries a [Dispatcher], which
// decides by the whole table, everywhere else. See pattern.go and hazard.go
// for what is proved; a property test compares a real engine with the rules.
package route
