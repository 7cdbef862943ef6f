package main

import "encoding/json"

// Values are what fills the places of a statement: texts and integers.
type Values []any

// UnmarshalJSON reads them as they come from Python. Integers stay integers.
func (v *Values) UnmarshalJSON(text []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	*v = make(Values, len(list))
	for i, item := range list {
		value, err := readValue(item)
		if err != nil {
			return err
		}
		(*v)[i] = value
	}
	return nil
}

func readValue(text json.RawMessage) (any, error) {
	var n int64
	if json.Unmarshal(text, &n) == nil {
		return n, nil
	}
	var s string
	err := json.Unmarshal(text, &s)
	return s, err
}
