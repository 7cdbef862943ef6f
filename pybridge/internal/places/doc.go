// Package places bounds how many calls are inside Python at once, and how many
// wait for that.
//
// [Places] are those of one program: as many as its user has set, with [Own],
// or a share of a [Pool], with [Shared]. A share is never all that there is, so
// that a program whose calls block leaves room for the others.
package places
