package bind

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
	"github.com/spikard/spikard-go/spikard/internal/pattern"
	"github.com/spikard/spikard-go/spikard/internal/schema"
)

// schemaFormat is a format that is asserted.
type schemaFormat struct {
	valid func(v string) bool
	fault *fault
}

// emailPattern is what an address is like: the users of this dialect of errors
// know its text.
const emailPattern = `^[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+$`

// formats are those that are asserted, with what a message calls them. Others
// say nothing about a value: among them byte, binary and password.
var formats = map[string]struct {
	name  string
	valid func(v string) bool
	fault *fault
}{
	"email":         {valid: matcher(emailPattern), fault: patternFault(emailPattern)},
	"uuid":          {valid: isUUID, fault: &uuidParsing},
	"date-time":     {valid: isDateTime, fault: &dateTimeParse},
	"date":          {valid: isDate, fault: &dateParsing},
	"time":          {valid: schema.IsFormat("time"), fault: &timeParsing},
	"duration":      {name: "duration", valid: schema.IsFormat("duration")},
	"ipv4":          {name: "IPv4 address", valid: isIPv4},
	"ipv6":          {name: "IPv6 address", valid: isIPv6},
	"uri":           {name: "URI", valid: isURI},
	"uri-reference": {name: "URI reference", valid: schema.IsFormat("uri-reference")},
	"hostname":      {name: "hostname", valid: schema.IsFormat("hostname")},
	"regex":         {name: "regular expression", valid: isPattern},
	"json-pointer":  {name: "JSON pointer", valid: schema.IsFormat("json-pointer")},
}

// compileFormat gives the check of a format; nil: it is not asserted.
func compileFormat(name string, uuidVersion int) *schemaFormat {
	f, ok := formats[name]
	if !ok {
		return nil
	}
	out := &schemaFormat{valid: f.valid, fault: f.fault}
	if out.fault == nil {
		quoted := string(jsonwire.AppendQuote(nil, name))
		out.fault = checkFault("validation_error", "Input should be a valid "+f.name, "format", quoted)
	}
	if name == "uuid" && uuidVersion > 0 {
		digit := byte('0' + uuidVersion)
		out.valid = func(v string) bool { return isUUID(v) && v[14] == digit }
		out.fault = checkFault("uuid_version", fmt.Sprintf("UUID version %d expected", uuidVersion),
			"expected_version", fmt.Sprint(uuidVersion))
	}
	return out
}

func matcher(text string) func(string) bool {
	p, err := pattern.Compile(text)
	if err != nil {
		panic(err) // a constant
	}
	return p.Match
}

// isDateTime takes what RFC 3339 does. The standard library is quick but knows
// no leap seconds.
func isDateTime(v string) bool {
	if len(v) == len(time.RFC3339)-5 && v[10] == 'T' { // with Z
		if _, err := time.Parse(time.RFC3339, v); err == nil {
			return true
		}
	}
	return slowDateTime(v)
}

var slowDateTime = schema.IsFormat("date-time")

func isDate(v string) bool {
	_, err := time.Parse(time.DateOnly, v)
	return err == nil
}

func isIPv4(v string) bool {
	a, err := netip.ParseAddr(v)
	return err == nil && a.Is4()
}

func isIPv6(v string) bool {
	a, err := netip.ParseAddr(v)
	return err == nil && a.Is6() && a.Zone() == ""
}

func isURI(v string) bool {
	u, err := url.Parse(v)
	return err == nil && u.IsAbs() && !strings.ContainsAny(v, " \\^`{}|<>\"")
}

func isPattern(v string) bool {
	_, err := pattern.Compile(v)
	return err == nil
}
