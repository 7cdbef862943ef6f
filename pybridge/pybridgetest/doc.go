// Package pybridgetest helps to test what stands on both sides of package
// pybridge. [Engine] is an engine without Python, for tests of whatever uses
// one.
package pybridgetest
