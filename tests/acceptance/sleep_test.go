package main

import (
	"strings"
	"testing"
)

func TestVariants(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		line string
		want []string
	}{
		"at once": {
			`{"category":"x","proto":"http","app":{"route":{"method":"GET","path":"/"}},
			"steps":[{"request":{},"expect":{"status":200}}],"grade":{"use":"gate"}}`,
			[]string{"\ndef handler():\n    response"},
		},
		"sleeping": {
			`{"category":"x","proto":"http","app":{"route":{"method":"GET","path":"/"},"sleep_ms":5},
			"steps":[{"request":{},"expect":{"status":408}}],"grade":{"use":"gate"}}`,
			[]string{"async def handler():\n    await asyncio.sleep(5 / 1000)\n", "\ndef handler():\n    sleep(5 / 1000)\n"},
		},
		"sleeping, with dependencies": {
			`{"category":"di","proto":"http","app":{"route":{"method":"GET","path":"/"},"sleep_ms":5},
			"steps":[{"request":{},"expect":{"status":200}}],"grade":{"use":"feature"}}`,
			[]string{"async def handler():\n    await asyncio.sleep(5 / 1000)\n", "\ndef handler():\n    sleep(5 / 1000)\n"},
		},
		"a reply, which does not": {
			`{"category":"x","proto":"http","app":{"route":{"method":"GET","path":"/"},"sleep_ms":5},
			"steps":[{"request":{},"expect":{"status":200}}],"grade":{"use":"reply"}}`,
			[]string{"\ndef handler():\n    response"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := decodeCase([]byte(tt.line))
			if err != nil {
				t.Fatal(err)
			}
			got := variants(c)
			if len(got) != len(tt.want) {
				t.Fatalf("%d variants, want %d", len(got), len(tt.want))
			}
			for i, v := range got {
				s, err := styleOf(v)
				if err != nil {
					t.Fatal(err)
				}
				if app, err := s.app(v); err != nil || !strings.Contains(app, tt.want[i]) {
					t.Errorf("variant %d: %v, want %q in\n%s", i, err, tt.want[i], app)
				}
			}
		})
	}
}
