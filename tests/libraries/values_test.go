//go:build cgo && (linux || darwin) && (amd64 || arm64)

package libraries

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"testing"
)

func TestNumPy(t *testing.T) {
	onEach(t, "numpy_app", []string{"numpy"}, nil, func(_ *testing.T, s *server) {
		s.want(http.MethodPost, "/solve", `{"matrix": [[2, 1], [1, 3]], "right": [3, 5]}`, http.StatusOK, `{"x": [0.8, 1.4], "det": 5}`)
		s.get("/scalars", `[0.5, [0, 1, 2], "text"]`)
		s.get("/bytes", "\x00\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00")
		var raw []byte
		for range 1000 {
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(0.25))
		}
		s.want(http.MethodPost, "/sum", string(raw), http.StatusOK, "250")
		s.crowd(same)
	})
}

func TestPydanticAndORJSON(t *testing.T) {
	onEach(t, "models_app", []string{"pydantic", "orjson"}, nil, func(t *testing.T, s *server) {
		const order = `{"id": "0af76519-16cd-43dd-8448-eb211c80319c", "day": "2026-01-02", "kind": "web",
			"lines": [{"sku": "ABC-1", "count": 2, "price": 1.5}, {"sku": "DEF-2", "count": 1, "price": 4}]}`
		var want map[string]any
		if err := json.Unmarshal([]byte(order), &want); err != nil {
			t.Fatal(err)
		}
		want["kind"], want["total"] = "shop", 7
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		s.want(http.MethodPost, "/orders", order, http.StatusCreated, string(text))
		for _, tt := range []struct{ old, new, says string }{
			{"2026-01-02", "1999-01-02", "the day is too old"},
			{`"count": 2`, `"count": 0`, "greater than 0"},
			{"ABC-1", "abc", "sku"},
		} {
			code, text, err := s.send(t.Context(), http.MethodPost, "/orders", strings.Replace(order, tt.old, tt.new, 1))
			if err != nil || code != http.StatusUnprocessableEntity || !strings.Contains(text, tt.says) {
				t.Errorf("%s: %d %s, %v", tt.new, code, text, err)
			}
		}
		s.want(http.MethodPost, "/orjson", `{"b": [1, 2.5, null], "a": "ä"}`, http.StatusOK, `{"a": "ä", "at": "2026-01-02T00:00:00Z", "b": [1, 2.5, null]}`)
		s.get("/refused", `"JSONDecodeError"`)
		s.crowd(same)
	})
}
