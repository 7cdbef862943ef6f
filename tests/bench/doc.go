// Command bench measures the bench server, whose handlers are Python, beside a
// control that does the same work with Gin and Go handlers.
//
//	go run ./tests/bench [-rounds 5] [-duration 3s] [-workloads plain,async] [-json FILE]
//	go run ./tests/bench -mixed [-rounds 5] [-duration 3s]
//	go run ./tests/bench -memory
//	go run ./tests/bench -startup
//	go run ./tests/bench -middleware [-rounds 5] [-duration 2s]
//	go run ./tests/bench -codec -site DIR
//	go run ./tests/bench -engines PYTHON [-rounds 5] [-duration 3s]
//
// Both programs run as child processes. Every workload's answer is checked
// first, and one that is not served yet is listed as such. The rounds are
// interleaved, and what is quoted are ratios of the medians: absolute figures
// of a shared machine mean little. Where the control's own rounds differ by
// more than 10 %, the row is void.
//
// The mixed mode is about neighbours: how much of its rate and of its p99 a workload
// keeps while another one loads the same server, which is a handler that blocks or
// one connection's that computes. The control's are Go's.
//
// The middleware's mode has no control: it runs the server once for each way of
// setting it up, see package variant, and compares each with the one that has as
// little middleware as can be, and with the default one, in the same round. Traces
// are sent to this program, which throws them away: that is work of the machine's,
// but none of the server's CPU time. The access log goes to a file. Short rounds
// and many of them (-rounds 15 -duration 1s) are best where the machine drifts.
// What each allocates is told by
//
//	go test ./tests/bench/server -run xxx -bench ServeMiddleware
//
// The codec's mode is about parts: how long JSON of a megabyte takes to be
// scanned by Go and made into objects with the GIL held, and to be written,
// beside orjson in the same interpreter. DIR is where orjson is, for the
// embedded Python.
//
// The engines' mode has both of them run PYTHON, which has its development files: the
// one of package cpython opens its library, that of gopython3 is linked with it. Beside
// whole requests it times the engine's calls alone, as the server makes them.
//
// All else needs wrk on the PATH, and Linux, whose /proc tells a process's CPU time
// and memory.
package main
