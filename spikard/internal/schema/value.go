package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// text reads a keyword's value that is a string.
func (m member) text() (string, error) {
	var out string
	if err := json.Unmarshal(m.raw, &out); err != nil || m.raw[0] != '"' {
		return "", fmt.Errorf("%s is not a string", m.raw)
	}
	return out, nil
}

func (m member) texts() ([]string, error) {
	items, err := itemsOf(m.raw)
	out := make([]string, len(items))
	for i, raw := range items {
		if out[i], err = (member{raw: raw}).text(); err != nil {
			return nil, err
		}
	}
	return out, err
}

func (m member) flag() (bool, error) {
	switch string(m.raw) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%s is not a boolean", m.raw)
}

func (m member) number() (json.Number, error) {
	if c := m.raw[0]; c != '-' && (c < '0' || c > '9') {
		return "", fmt.Errorf("%s is not a number", m.raw)
	}
	return json.Number(m.raw), nil
}

// count reads a length. One beyond an int is as good as the largest.
func (m member) count() (int, error) {
	n, err := m.number()
	if err != nil {
		return 0, err
	}
	f, _ := strconv.ParseFloat(strings.TrimSpace(string(n)), 64)
	if f < 0 || f != math.Trunc(f) {
		return 0, fmt.Errorf("%s is not a whole number from 0 on", m.raw)
	}
	return int(min(f, math.MaxInt32)), nil
}
