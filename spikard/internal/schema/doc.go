// Package schema reads JSON Schema, 2020-12 and the spellings of draft-07, into
// a graph in which every reference is resolved. It validates nothing: that is
// the business of whoever compiles the graph, as package bind does, or of the
// validator in [Foreign] for the few keywords that the graph has no place for.
//
// Unknown keywords and formats say nothing about a value. A keyword that is
// known must make sense, and a reference must stay within its document: nothing
// is ever loaded.
package schema
