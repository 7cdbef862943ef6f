package pybridgetest

import "testing"

const encodeRandomApp = `
import json, random
from spikard import Response, Spikard
app = Spikard()

CHARS = '"\\/\x00\x1f\x7f aZ é€😀\u2028\n'

def text(r):
    plain = "".join(r.choice("abcdefghij _-") for _ in range(r.choice((0, 1, 3, 7, 8, 9, 15, 31, 32, 33, 70))))
    if r.random() < 0.5: return plain
    at = r.randrange(len(plain) + 1)
    return plain[:at] + "".join(r.choice(CHARS) for _ in range(r.randrange(4))) + plain[at:]

def number(r):
    kind = r.randrange(5)
    if kind == 0: return r.getrandbits(r.randrange(1, 200)) * r.choice((1, -1))
    if kind == 1: return r.randrange(-100, 1000)
    if kind == 2: return round(r.uniform(-1e6, 1e6), r.randrange(8))
    if kind == 3: return r.uniform(-1, 1) * 10.0 ** r.randrange(-300, 300)
    return float(r.getrandbits(r.randrange(1, 70)))

def key(r):
    return text(r) if r.random() < 0.8 else r.choice((number(r), True, False, None))

def value(r, depth):
    kind = r.randrange(7 if depth else 4)
    if kind == 0: return r.choice((None, True, False))
    if kind == 1: return number(r)
    if kind in (2, 3): return text(r)
    items = [value(r, depth - 1) for _ in range(r.randrange(6))]
    if kind == 4: return items
    if kind == 5: return tuple(items)
    return {key(r): v for v in items}

def values(seed):
    r = random.Random(seed)
    return [value(r, 5) for _ in range(200)]

@app.get("/ours")
def ours(seed: int): return values(seed)
@app.get("/theirs")
def theirs(seed: int):
    return Response(json.dumps(values(seed), ensure_ascii=False, separators=(",", ":")).encode())
`

// What is written is, byte for byte, what json.dumps writes.
func testEncodeRandom(t *testing.T, s *suite) {
	r := s.load(t, encodeRandomApp)
	for seed := range 100 {
		got := string(r.call("/ours", given{"seed": integer(seed)}).Body)
		want := string(r.call("/theirs", given{"seed": integer(seed)}).Body)
		if got != want {
			at := 0
			for at < min(len(got), len(want)) && got[at] == want[at] {
				at++
			}
			t.Fatalf("seed %d differs at %d: got %.80q, want %.80q", seed, at, got[max(0, at-20):], want[max(0, at-20):])
		}
	}
}
