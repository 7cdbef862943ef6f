//go:build cgo && (linux || darwin) && (amd64 || arm64)

package libraries

import "testing"

func TestAnyIO(t *testing.T) {
	onEach(t, "anyio_app", []string{"anyio"}, nil, func(_ *testing.T, s *server) {
		s.get("/moved", "[true, true]")
		s.get("/group", `["cancelled", "on purpose"]`)
		s.get("/started", "7")
		s.get("/process", `"cba"`)
		s.get("/late", "null")
		s.leave("/stuck", 2, always)
		s.eventually("what is shielded comes to its end", func() bool { return len(read[[]string](s, "/steps")) == 3 })
		s.get("/steps", `["after its own cancellation", "shielded", "shielded"]`)
		s.crowd(func(n int) int { return n * (n + 1) / 2 })
	})
}

func TestAsyncio(t *testing.T) {
	onEach(t, "asyncio_app", nil, nil, func(_ *testing.T, s *server) {
		s.get("/group", `["on purpose", "cancelled: True"]`)
		s.get("/timeout", `"late"`)
		s.get("/thread", "[true, true, true]")
		s.get("/process/abc", `["cba", 3]`)
		s.get("/socket/abc", `"ABC"`)
		s.leave("/stuck", 2, always)
		s.crowd(same)
	})
}

func TestGRPC(t *testing.T) {
	onEach(t, "grpc_app", []string{"grpc"}, nil, func(_ *testing.T, s *server) {
		s.get("/split/a%20b%20c", `["a", "b", "c"]`)
		s.get("/join/a-b-c", `"a b c"`)
		s.get("/refused", `["INVALID_ARGUMENT", "nothing to echo"]`)
		s.leave("/stuck", leavers, always)
		s.crowd(same)
	})
}
