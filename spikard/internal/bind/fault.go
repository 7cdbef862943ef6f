package bind

import (
	"strconv"
	"strings"

	"github.com/spikard/spikard-go/spikard/internal/jsonwire"
)

// fault is what can be wrong with a value, apart from where: made once, when a
// type is compiled.
type fault struct {
	kind, msg string
	// ctx is JSON, or nil.
	ctx  []byte
	rank rank
}

// rank orders the faults of parameters: what is missing, what can't be read,
// and only then what is out of bounds.
type rank uint8

const (
	rankMissing rank = iota
	rankParse
	rankCheck
	rankBody
)

func parseFault(kind, msg string) fault { return fault{kind: kind, msg: msg, rank: rankParse} }

// checkFault has one member of context, whose value is JSON.
func checkFault(kind, msg, member, value string) *fault {
	ctx := append(jsonwire.AppendQuote([]byte{'{'}, member), ':')
	return &fault{kind: kind, msg: msg, ctx: append(append(ctx, value...), '}'), rank: rankCheck}
}

// The faults without context.
var (
	missing        = fault{kind: "missing", msg: "Field required"}
	boolParsing    = parseFault("bool_parsing", "Input should be a valid boolean, unable to interpret input")
	intParsing     = parseFault("int_parsing", "Input should be a valid integer, unable to parse string as an integer")
	intSize        = parseFault("int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size")
	floatParsing   = parseFault("float_parsing", "Input should be a valid number, unable to parse string as a number")
	finiteNumber   = parseFault("finite_number", "Input should be a finite number")
	decimalParsing = parseFault("decimal_parsing", "Input should be a valid decimal")
	uuidParsing    = parseFault("uuid_parsing", "Input should be a valid UUID")
	dateTimeParse  = parseFault("datetime_parsing", "Input should be a valid datetime")
	dateParsing    = parseFault("date_parsing", "Input should be a valid date")
	timeParsing    = parseFault("time_parsing", "Input should be a valid time")
	durationParse  = parseFault("time_delta_parsing", "Input should be a valid timedelta")
	bytesEncoding  = parseFault("bytes_invalid_encoding", "Input should be valid base64")
	stringType     = parseFault("string_type", "Input should be a valid string")
	listType       = parseFault("list_type", "Input should be a valid list")
	setType        = parseFault("set_type", "Input should be a valid set")
	tupleType      = parseFault("tuple_type", "Input should be a valid tuple")
	dictType       = parseFault("dict_type", "Input should be a valid dictionary")
	noneRequired   = parseFault("none_required", "Input should be None")
	ambiguous      = parseFault("validation_error", "Input fits too many types to tell which is meant")
	patternTime    = parseFault("string_pattern_mismatch", "Input takes too long to be matched against its pattern")
	tooCostly      = parseFault("validation_error", "Input takes too many readings to be checked against its schema")
	noneAllowed    = parseFault("validation_error", "No value is allowed here")
	notUnique      = parseFault("validation_error", "Items should be unique")
	uploadType     = parseFault("upload_type", "Input should be a file")
	fileInText     = parseFault("validation_error", "Input should not have a file in it")
	emptyFile      = fault{kind: "validation_error", msg: "File buffer is empty", ctx: []byte(`{"buffer_size":0}`), rank: rankCheck}
	notAccepted    = parseFault("validation_error", "Input could not be read as the type required")
)

// lengths are the bounds of a length and what to say of one outside.
type lengths struct {
	min, max    int
	short, long *fault
}

func (l *lengths) check(n int) *fault {
	switch {
	case l.short != nil && n < l.min:
		return l.short
	case l.long != nil && n > l.max:
		return l.long
	}
	return nil
}

func stringLengths(minimum, maximum *int) lengths {
	var l lengths
	if minimum != nil {
		n := strconv.Itoa(*minimum)
		l.min = *minimum
		l.short = checkFault("string_too_short", "String should have at least "+counted(n, "character"), "min_length", n)
	}
	if maximum != nil {
		n := strconv.Itoa(*maximum)
		l.max = *maximum
		l.long = checkFault("string_too_long", "String should have at most "+counted(n, "character"), "max_length", n)
	}
	return l
}

// itemLengths is for the collection that what names, as "List".
func itemLengths(what string, minimum, maximum *int) lengths {
	var l lengths
	if minimum != nil {
		n := strconv.Itoa(*minimum)
		l.min = *minimum
		l.short = checkFault("too_short", what+" should have at least "+n+" item after validation", "min_length", n)
	}
	if maximum != nil {
		n := strconv.Itoa(*maximum)
		l.max = *maximum
		l.long = checkFault("too_long", what+" should have at most "+counted(n, "item")+" after validation", "max_length", n)
	}
	return l
}

func counted(n, thing string) string {
	if n == "1" {
		return n + " " + thing
	}
	return n + " " + thing + "s"
}

func patternFault(pattern string) *fault {
	return checkFault("string_pattern_mismatch", "String should match pattern '"+pattern+"'",
		"pattern", string(jsonwire.AppendQuote(nil, pattern)))
}

// alternatives joins names as English does: "a, b or c".
func alternatives(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
