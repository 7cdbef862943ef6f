package spikard

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// noBound is a duration that is given as none.
const noBound = time.Duration(-1)

// maxSeconds keeps durations, some 31 years, far from overflowing.
const maxSeconds = 1e9

// parse reads a value as the environment and the tag default write it.
func (s *setting) parse(text string) (reflect.Value, error) {
	to := reflect.New(s.base()).Elem()
	if err := s.parseTo(to, text); err != nil {
		return reflect.Value{}, err
	}
	return s.pointed(to), nil
}

// pointed puts a value behind a pointer if the setting has one.
func (s *setting) pointed(v reflect.Value) reflect.Value {
	if s.typ.Kind() != reflect.Pointer {
		return v
	}
	return v.Addr()
}

func (s *setting) parseTo(to reflect.Value, text string) error {
	if !s.isSecret() {
		text = strings.TrimSpace(text)
	}
	switch {
	case s.isDuration():
		d, err := s.parseDuration(text)
		to.SetInt(int64(d))
		return err
	case to.Kind() == reflect.String:
		to.SetString(text)
	case to.Kind() == reflect.Slice:
		setList(to, strings.Split(text, ","))
	case to.Kind() == reflect.Bool:
		on, ok := parseFlag(text)
		if !ok {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		to.SetBool(on)
	case to.CanInt():
		n, err := strconv.ParseInt(text, 10, to.Type().Bits())
		if err != nil {
			return fmt.Errorf("%q is no whole number", text)
		}
		to.SetInt(n)
	case to.CanFloat():
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%q is no number", text)
		}
		to.SetFloat(n)
	}
	return nil
}

// parseFlag reads the words that switch something.
func parseFlag(text string) (on, ok bool) {
	switch strings.ToLower(text) {
	case "true", "1", "yes", "on":
		return true, true
	case "false", "0", "no", "off":
		return false, true
	}
	return false, false
}

// parseDuration reads seconds, or what Go writes: "2.5", "2500ms".
func (s *setting) parseDuration(text string) (time.Duration, error) {
	if s.null != "" && (text == s.null || text == "off") {
		return noBound, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err == nil {
		return toDuration(seconds)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is neither a number of seconds, as 2.5, nor a duration, as 2500ms", text)
	}
	return toDuration(d.Seconds())
}

func toDuration(seconds float64) (time.Duration, error) {
	if !(seconds >= 0 && seconds <= maxSeconds) { // NaN isn't, either
		return 0, fmt.Errorf("%v seconds are not from 0 to %.0f", seconds, maxSeconds)
	}
	return time.Duration(math.Round(seconds * float64(time.Second))), nil
}

// setList fills a list of texts. Spaces around a text and empty texts, as a
// comma at the end leaves one, are no part of it.
func setList(to reflect.Value, texts []string) {
	to.SetZero()
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" {
			to.Set(reflect.Append(to, reflect.ValueOf(text).Convert(to.Type().Elem())))
		}
	}
}

// decode reads a value as a manifest carries it. Python's None is no value if
// it means unset.
func (s *setting) decode(raw json.RawMessage) (reflect.Value, error) {
	to := reflect.New(s.base())
	if string(raw) == "null" {
		switch {
		case s.null == "":
			return reflect.Value{}, nil
		case s.isDuration():
			to.Elem().SetInt(int64(noBound))
		default:
			to.Elem().SetString(s.null)
		}
		return s.pointed(to.Elem()), nil
	}
	if s.isDuration() {
		var seconds float64
		if err := json.Unmarshal(raw, &seconds); err != nil {
			return reflect.Value{}, s.wrongType(raw)
		}
		d, err := toDuration(seconds)
		to.Elem().SetInt(int64(d))
		return s.pointed(to.Elem()), err
	}
	if err := json.Unmarshal(raw, to.Interface()); err != nil {
		return reflect.Value{}, s.wrongType(raw)
	}
	return s.pointed(to.Elem()), nil
}

func (s *setting) wrongType(raw json.RawMessage) error {
	if s.isSecret() {
		return errors.New("the value is of the wrong type")
	}
	return fmt.Errorf("%s is of the wrong type", raw)
}
