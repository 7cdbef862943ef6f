// Package autobahn runs the Autobahn test suite, 517 cases of RFC 6455 and RFC 7692,
// against WebSocket handlers in Python. Its client needs Python 2.7:
//
//	python2.7 -m pip install --user autobahntestsuite
//
// `make autobahn` runs it; WSTEST is the path of its program wstest, and WSTEST_CASES
// the cases to run, as "7.*"; all of them take about 20 minutes.
package autobahn
