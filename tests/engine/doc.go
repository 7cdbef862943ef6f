// Package engine runs the suite of package pybridgetest on the in-process
// engine: with the embedded CPython in the test process, and with every other
// CPython that is installed in a process of its own, as a process has one
// interpreter. SPIKARD_TEST_PYTHONS names the installed ones to use, separated
// as in PATH; else they are looked for in pyenv's folder and on the PATH.
package engine
