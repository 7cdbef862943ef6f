// Package pattern compiles regular expressions as users write them in JSON
// Schema (ECMA-262) and in Python, and searches texts with them.
//
// # Dialect
//
// What both languages mean alike is taken: classes, groups, named groups in
// either spelling, lazy quantifiers, anchors, \xHH, \uHHHH, \u{H...}, \cX,
// \p{...}, look-around and backreferences. Where they differ, or where several
// engines do:
//
//   - \d, \w are ASCII, as ECMA-262 has them; \s is any Unicode white space.
//   - $ and \Z are the end of the text, never before a last line feed; with the
//     flag m, $ is the end of a line.
//   - . is any character but a line feed.
//   - a [ or a ] may stand in a class without a backslash where Python allows it.
//
// A pattern is found anywhere in the text unless it is anchored.
//
// # Engines
//
// Whatever Go's regexp takes runs in it, in time linear in the text. The rest,
// which is look-around, backreferences and large repetitions, runs in a
// backtracking engine with a [Timeout].
//
// That engine's clock is a goroutine of its own, which ends about a second
// after its last use.
package pattern
