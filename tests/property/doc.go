// Package property holds random inputs against Python itself: what a handler
// is given must be what Python's own libraries make of the same bytes.
//
// Each test tries some thousand cases; SPIKARD_PROPERTY_CASES is another
// number. The cases are drawn from a seed, which a failure names and
// SPIKARD_PROPERTY_SEED sets, so every run of one seed tries the same.
package property
