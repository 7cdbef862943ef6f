package middleware

import (
	"net/textproto"
	"strings"
)

// contentCoding is one of the content codings of RFC 9110, section 8.4.1, and
// RFC 8878, the better the higher: equal weights are decided by it.
type contentCoding uint8

const (
	codingIdentity contentCoding = iota
	codingGzip
	codingZstd
	codingBrotli
	codingCount
)

// codingNames are the codings as Content-Encoding names them, each a header's
// lines already: all answers share them and net/http only reads them.
var codingNames = [codingCount][]string{
	codingIdentity: {"identity"},
	codingGzip:     {"gzip"},
	codingZstd:     {"zstd"},
	codingBrotli:   {"br"},
}

// codingSet holds the codings that can be had, a bit each.
type codingSet uint8

func (s codingSet) has(c contentCoding) bool { return s&(1<<c) != 0 }

func (s codingSet) with(c contentCoding) codingSet { return s | 1<<c }

func (s codingSet) without(c contentCoding) codingSet { return s &^ (1 << c) }

// acceptance is what a request's Accept-Encoding says: the weight of each
// coding and that of "*" in thousandths, or unnamed.
type acceptance struct {
	weights [codingCount]int16
	others  int16
}

const unnamed = -1

// accepted reads Accept-Encoding (RFC 9110, section 12.5.3). An item that
// isn't well formed is passed over. Of a coding that is named twice the lower
// weight counts: a body without a coding is always right, one that was refused
// is not.
func accepted(lines []string) acceptance {
	a := acceptance{others: unnamed}
	for i := range a.weights {
		a.weights[i] = unnamed
	}
	for _, line := range lines {
		for more := true; more; {
			var item string
			item, line, more = strings.Cut(line, ",")
			a.read(textproto.TrimString(item))
		}
	}
	return a
}

func (a *acceptance) read(item string) {
	name, parameter, weighted := strings.Cut(item, ";")
	weight := int16(1000)
	if weighted {
		var ok bool
		if weight, ok = parseWeight(textproto.TrimString(parameter)); !ok {
			return
		}
	}
	kept := &a.others
	if name = textproto.TrimString(name); name != "*" {
		c, ok := codingOf(name)
		if !ok {
			return
		}
		kept = &a.weights[c]
	}
	if *kept == unnamed || weight < *kept {
		*kept = weight
	}
}

func codingOf(name string) (contentCoding, bool) {
	c := codingIdentity
	switch len(name) {
	case len("br"):
		c = codingBrotli
	case len("gzip"):
		c = codingGzip
		if name[0]|0x20 == 'z' {
			c = codingZstd
		}
	case len("x-gzip"): // RFC 9110, section 8.4.1.3: equivalent to gzip
		return codingGzip, strings.EqualFold(name, "x-gzip")
	}
	return c, strings.EqualFold(name, codingNames[c][0])
}

// parseWeight reads "q=0.5" as 500 (RFC 9110, section 12.4.2): at most three
// decimals, and no more than 1.
func parseWeight(s string) (int16, bool) {
	if len(s) < 3 || s[0]|0x20 != 'q' || s[1] != '=' || s[2] != '0' && s[2] != '1' {
		return 0, false
	}
	weight := int16(s[2]-'0') * 1000
	if s = s[3:]; s == "" {
		return weight, true
	}
	if s[0] != '.' || len(s) > len(".000") {
		return 0, false
	}
	unit := int16(100)
	for i := 1; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		weight += int16(s[i]-'0') * unit
		unit /= 10
	}
	return weight, weight <= 1000
}

func (a *acceptance) weight(c contentCoding) int16 {
	if w := a.weights[c]; w != unnamed {
		return w
	}
	return a.others
}

// best gives the coding of the greatest weight among those offered. Identity
// is better only where the client has given it more weight than the others,
// and it is what is left when everything is refused: RFC 9110 lets a server
// answer without a coding even then.
func (a *acceptance) best(offered codingSet) contentCoding {
	best, weight := codingIdentity, int16(0)
	for c := codingBrotli; c > codingIdentity; c-- {
		if w := a.weight(c); offered.has(c) && w > weight {
			best, weight = c, w
		}
	}
	if a.weight(codingIdentity) > weight {
		return codingIdentity
	}
	return best
}

// refusesIdentity tells whether a body without a coding is one that the client
// would rather not have.
func (a *acceptance) refusesIdentity() bool { return a.weight(codingIdentity) == 0 }
