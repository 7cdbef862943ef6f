package route

// The literals that converters accept. They are what a client would write for
// such a value, a little wider than Starlette's expressions (a sign, an
// exponent) and never wider than what the binder can parse.

func unsigned[T string | []byte](s T) T {
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		return s[1:]
	}
	return s
}

// digits is the length of the run of digits that s starts with.
func digits[T string | []byte](s T) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

func isInt[T string | []byte](s T) bool {
	s = unsigned(s)
	return len(s) > 0 && digits(s) == len(s)
}

// isFloat accepts digits with a fraction, an exponent, both or neither. The
// names of infinities and of NaN are left to plain parameters: a path is more
// likely to mean the words.
func isFloat[T string | []byte](s T) bool {
	s = unsigned(s)
	whole := digits(s)
	s = s[whole:]
	if len(s) > 0 && s[0] == '.' {
		fraction := digits(s[1:])
		whole += fraction
		s = s[1+fraction:]
	}
	if whole == 0 {
		return false
	}
	if len(s) > 0 && (s[0] == 'e' || s[0] == 'E') {
		return isInt(s[1:])
	}
	return len(s) == 0
}

var boolNames = [...]string{"true", "false", "1", "0", "yes", "no", "on", "off", "t", "f", "y", "n"}

// isBool accepts pydantic's names of truth values.
func isBool[T string | []byte](s T) bool {
	for _, name := range boolNames {
		if equalFold(s, name) {
			return true
		}
	}
	return false
}

func equalFold[T string | []byte](s T, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i := range len(lower) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// isUUID accepts the form with four hyphens and the one without any.
func isUUID[T string | []byte](s T) bool {
	if len(s) != 36 && len(s) != 32 {
		return false
	}
	for i := range len(s) {
		if len(s) == 36 && (i == 8 || i == 13 || i == 18 || i == 23) {
			if s[i] != '-' {
				return false
			}
		} else if !isHex(s[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// isDate accepts YYYY-MM-DD for a day that the calendar has.
func isDate[T string | []byte](s T) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	year, okYear := number(s[:4])
	month, okMonth := number(s[5:7])
	day, okDay := number(s[8:])
	return okYear && okMonth && okDay && year > 0 &&
		month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

// isDateTime accepts ISO 8601 with a time of day; seconds, a fraction and an
// offset may be missing. A date alone is left to the date converter, so that
// the two can stand side by side.
func isDateTime[T string | []byte](s T) bool {
	if len(s) < 16 || !isDate(s[:10]) {
		return false
	}
	if s[10] != 'T' && s[10] != 't' && s[10] != ' ' || !isClock(s[11:16]) {
		return false
	}
	s = s[16:]
	if len(s) >= 3 && s[0] == ':' {
		if second, ok := number(s[1:3]); !ok || second > 59 {
			return false
		}
		s = s[3:]
		if len(s) > 0 && (s[0] == '.' || s[0] == ',') {
			n := digits(s[1:])
			if n == 0 {
				return false
			}
			s = s[1+n:]
		}
	}
	return isOffset(s)
}

func isOffset[T string | []byte](s T) bool {
	switch {
	case len(s) == 0:
		return true
	case len(s) == 1:
		return s[0] == 'Z' || s[0] == 'z'
	case s[0] != '+' && s[0] != '-':
		return false
	case len(s) == 3:
		hour, ok := number(s[1:])
		return ok && hour <= 23
	case len(s) == 5:
		hour, okHour := number(s[1:3])
		minute, okMinute := number(s[3:])
		return okHour && okMinute && hour <= 23 && minute <= 59
	default:
		return len(s) == 6 && isClock(s[1:])
	}
}

// isClock accepts HH:MM.
func isClock[T string | []byte](s T) bool {
	if len(s) != 5 || s[2] != ':' {
		return false
	}
	hour, okHour := number(s[:2])
	minute, okMinute := number(s[3:])
	return okHour && okMinute && hour <= 23 && minute <= 59
}

func number[T string | []byte](s T) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}
