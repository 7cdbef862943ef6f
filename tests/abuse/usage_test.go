package abuse

import (
	"encoding/json"
	"slices"
	"testing"
)

// usage is what the server took of the machine.
type usage struct {
	CPU    *float64 `json:"cpu"`
	Memory *float64 `json:"memory"`
	Peak   *float64 `json:"peak"`
}

func usageOf(t *testing.T, address string) usage {
	t.Helper()
	got, err := send(address, get("/usage"))
	if err != nil || got.status != 200 {
		t.Fatalf("no figures: %v %v", err, got)
	}
	var u usage
	if err := json.Unmarshal(got.body, &u); err != nil {
		t.Fatal(err)
	}
	return u
}

// measured sends a message, several times in the long form, and logs the
// median of what it cost. The cost of asking is in it: well below 1 ms.
func measured(t *testing.T, address string, m message) (*reply, error) {
	t.Helper()
	tries := 1
	if *full {
		tries = 5
	}
	var cpu, memory []float64
	var got *reply
	for range tries {
		before := usageOf(t, address)
		var err error
		if got, err = send(address, m); err != nil {
			return nil, err
		}
		after := usageOf(t, address)
		if before.CPU != nil && after.CPU != nil {
			cpu = append(cpu, (*after.CPU-*before.CPU)*1e3)
		}
		if before.Memory != nil && after.Peak != nil {
			memory = append(memory, (*after.Peak-*before.Memory)/(1<<20))
		}
	}
	if len(cpu) == 0 || len(memory) == 0 {
		t.Logf("%8d bytes sent; the platform tells no figures", len(m.text))
		return got, nil
	}
	t.Logf("%8d bytes sent: %7.1f ms CPU, %6.1f MiB more memory at most", len(m.text), median(cpu), median(memory))
	return got, nil
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
