// Package abuse holds what hostile clients send, byte for byte, over sockets
// of its own: each request has to get a clear refusal, or exactly what
// json.loads would make of it, and the server has to be well afterwards.
//
// With -v each class of input tells what CPU time it took of the server and
// how far it drove the server's memory; nothing asserts these figures. The
// short form runs with the other tests. The long one has larger inputs, the
// median of several tries, and a longer crowd:
//
//	go test -v ./tests/abuse -full -duration 60s
package abuse
