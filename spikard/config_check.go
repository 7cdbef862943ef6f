package spikard

import (
	"fmt"
	"math"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// faults are all that is wrong with the values of a configuration, each named
// as whoever set it calls it.
func (c Config) faults() []error {
	v := validation{table: newTable(), origins: c.origins}
	if v.origins == nil {
		v.origins = v.table.fromGoAlone(&c)
	}
	for _, s := range v.table.all() {
		if value, ok := s.in(&c); ok && !s.isAddr() {
			_, isGiven := v.origins[s.path]
			v.check(s, v.origins.of(s), value, isGiven)
		}
	}
	for i := range v.table.sections {
		if s := &v.table.sections[i]; s.list {
			v.checkList(s, reflect.ValueOf(&c).Elem().Field(s.index[0]))
		}
	}
	v.checkRules(c)
	return v.faults
}

// validation collects faults.
type validation struct {
	table   table
	origins origins
	faults  []error
}

func (v *validation) fault(field, format string, args ...any) {
	v.faults = append(v.faults, &ConfigError{Field: field, Reason: fmt.Sprintf(format, args...)})
}

func (v *validation) check(s *setting, from origin, value reflect.Value, isGiven bool) {
	if reason := s.wrong(value, isGiven); reason != "" {
		v.fault(from.name, "%s", reason)
	}
}

func (v *validation) checkList(s *section, list reflect.Value) {
	for i := range list.Len() {
		from := v.origins[element(s.path, i)]
		for j := range s.settings {
			one := &s.settings[j]
			// What an element leaves out can't be told from an empty text.
			v.check(one, from.child(one), list.Index(i).FieldByIndex(one.index), false)
		}
	}
}

// wrong says what is wrong with a value. An unset one is wrong only if it is
// required.
func (s *setting) wrong(value reflect.Value, isGiven bool) string {
	required := slices.Contains(s.checks, "required")
	if value.IsZero() && !isGiven {
		if required {
			return "must be set"
		}
		return ""
	}
	value = reflect.Indirect(value)
	switch kind := value.Kind(); {
	case kind == reflect.String && value.Len() == 0:
		if required || s.fallback != "" {
			return "must be a text that is not empty"
		}
		return ""
	case kind == reflect.Slice && value.Len() == 0 && required:
		return "must not be empty"
	}
	for _, check := range s.checks {
		name, limit, _ := strings.Cut(check, "=")
		if reason := s.meets(value, name, limit); reason != "" {
			return reason
		}
	}
	return ""
}

// meets checks one value, or each of a list.
func (s *setting) meets(value reflect.Value, check, limit string) string {
	if value.Kind() == reflect.Slice {
		for i := range value.Len() {
			if reason := meetsText(value.Index(i).String(), check, limit); reason != "" {
				return reason
			}
		}
		return ""
	}
	if value.Kind() == reflect.String {
		return meetsText(value.String(), check, limit)
	}
	return meetsNumber(value, check, limit)
}

// meetsNumber checks a number, of a duration its seconds.
func meetsNumber(value reflect.Value, check, limit string) string {
	var n float64
	switch d, isDuration := value.Interface().(time.Duration); {
	case isDuration:
		n = d.Seconds()
	case value.CanInt():
		n = float64(value.Int())
	case value.CanFloat():
		n = value.Float()
	}
	bound, _ := strconv.ParseFloat(limit, 64)
	// Written so that NaN meets none.
	switch {
	case math.IsInf(n, 0):
		return fmt.Sprintf("%v is no number that can be met", n)
	case check == "min" && !(n >= bound):
		return fmt.Sprintf("must be at least %s, not %v", limit, value)
	case check == "above" && !(n > bound):
		return fmt.Sprintf("must be above %s, not %v", limit, value)
	case check == "max" && !(n <= bound):
		return fmt.Sprintf("must be at most %s, not %v", limit, value)
	case check == "nonzero" && n == 0:
		return "must be above 0; none means no bound"
	}
	return ""
}

// The forms of texts: token is that of RFC 9110, 5.6.2, which method, field and
// cookie names have.
var (
	tokenForm  = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	originForm = regexp.MustCompile(`^(\*|null|[A-Za-z][A-Za-z0-9+.-]*://[^/\s,?#@]+)$`)
	domainForm = regexp.MustCompile(`^\.?[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*$`)
	headerForm = regexp.MustCompile(`^[\x20-\x7e]*$`)
)

func meetsText(text, check, limit string) string {
	switch check {
	case "oneof":
		if choices := strings.Split(limit, "|"); !slices.Contains(choices, text) {
			return fmt.Sprintf("must be one of %s, not %q", strings.Join(choices, ", "), text)
		}
	case "minbytes":
		if least, _ := strconv.Atoi(limit); len(text) < least {
			return fmt.Sprintf("must have at least %d bytes: less can be guessed", least)
		}
	case "path":
		if !strings.HasPrefix(text, "/") {
			return fmt.Sprintf(`must start with "/", not %q`, text)
		}
	case "token":
		return meetsForm(tokenForm, text, "is no name that HTTP allows")
	case "origins":
		return meetsForm(originForm, text, "is no origin, as https://example.com without a path")
	case "domain":
		return meetsForm(domainForm, text, "is no domain")
	case "header":
		return meetsForm(headerForm, text, "is not of visible ASCII, as a header field's value is")
	case "limit":
		if name, ok := strings.CutPrefix(text, "header:"); text != "client" && text != "principal" && !(ok && tokenForm.MatchString(name)) {
			return fmt.Sprintf("must be client, principal or header:NAME, not %q", text)
		}
	case "regexp":
		if _, err := regexp.Compile(text); err != nil {
			return err.Error()
		}
	case "url":
		return meetsURL(text, strings.Split(limit, "|"))
	}
	return ""
}

func meetsForm(form *regexp.Regexp, text, reason string) string {
	if form.MatchString(text) {
		return ""
	}
	return fmt.Sprintf("%q %s", text, reason)
}

// meetsURL doesn't show the URL, which may hold a password.
func meetsURL(text string, schemes []string) string {
	u, err := url.Parse(text)
	if err == nil && slices.Contains(schemes, u.Scheme) && (u.Host != "" || u.Scheme == "unix" && u.Path != "") {
		return ""
	}
	return "must be a URL that begins with " + strings.Join(schemes, ":// or ") + "://"
}
