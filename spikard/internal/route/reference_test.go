package route

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spikard/spikard-go/spikard/api"
)

func parseAll(t testing.TB, routes ...string) []Route {
	t.Helper()
	list := make([]Route, len(routes))
	for i, r := range routes {
		method, path, given := strings.Cut(r, " ")
		if !given {
			method, path = "GET", r
		}
		list[i] = Route{
			Method: method, Template: mustParse(t, path), ID: i,
			Source: api.Source{File: "app.py", Line: i + 1},
		}
	}
	return list
}

// The reference says the rules of the package documentation in the slowest
// and plainest way: each template by itself, as text, all cuts tried.

// piece is a character of canonical text (an escape is one), or a parameter.
type piece struct {
	text      string
	converter string // "" for text
}

var refParam = regexp.MustCompile(`^\{[A-Za-z_0-9]+(?::([a-z]+))?\}`)

func refPieces(template string) []piece {
	var all []piece
	for rest := template; rest != ""; {
		if m := refParam.FindStringSubmatch(rest); m != nil {
			all = append(all, piece{converter: m[1]})
			if m[1] == "" {
				all[len(all)-1].converter = "str"
			}
			rest = rest[len(m[0]):]
			continue
		}
		n := 1
		if rest[0] == '%' {
			n = 3
		}
		all = append(all, piece{text: rest[:n]})
		rest = rest[n:]
	}
	return all
}

// refCuts gives every way to cut the path, the greediest first.
func refCuts(template []piece, path []string) [][]string {
	if len(template) == 0 {
		if len(path) == 0 {
			return [][]string{nil}
		}
		return nil
	}
	head, rest := template[0], template[1:]
	if head.converter == "" {
		if len(path) > 0 && path[0] == head.text {
			return refCuts(rest, path[1:])
		}
		return nil
	}
	var cuts [][]string
	for n := len(path); n >= 0; n-- {
		if head.converter != "path" && (n == 0 || slices.Contains(path[:n], "/")) {
			continue
		}
		for _, more := range refCuts(rest, path[n:]) {
			cuts = append(cuts, append([]string{strings.Join(path[:n], "")}, more...))
		}
	}
	return cuts
}

func refAccepts(template []piece, values []string) bool {
	i := 0
	for _, p := range template {
		if p.converter == "" {
			continue
		}
		value, err := url.PathUnescape(values[i])
		if err != nil || !refConverts(p.converter, value) {
			return false
		}
		i++
	}
	return true
}

func refConverts(converter, value string) bool {
	switch converter {
	case "int":
		return regexp.MustCompile(`^[+-]?[0-9]+$`).MatchString(value)
	case "float":
		_, err := strconv.ParseFloat(value, 64)
		return err == nil && regexp.MustCompile(`^[-+.eE0-9]+$`).MatchString(value)
	case "bool":
		return regexp.MustCompile(`^(?i:true|false|1|0|yes|no|on|off|t|f|y|n)$`).MatchString(value)
	case "date":
		_, err := time.Parse("2006-01-02", value)
		return err == nil
	default:
		return true
	}
}

// refWeights describes the segments of a template by numbers, of which the
// first different ones decide who goes first.
func refWeights(template string) [][]int {
	var all [][]int
	for _, segment := range strings.Split(template[1:], "/") {
		text, params, open := 0, 0, false
		var kinds []int
		for _, p := range refPieces(segment) {
			switch p.converter {
			case "":
				text += len(p.text)
				continue
			case "path":
				open = true
				kinds = append(kinds, 2)
			case "str":
				kinds = append(kinds, 1)
			default:
				kinds = append(kinds, 0)
			}
			params++
		}
		kind := 0
		switch {
		case open:
			kind = 4
		case params > 0 && text > 0:
			kind = 1
		case params > 0:
			kind = 2 + kinds[0]
		}
		if kind == 0 {
			text = 0
		}
		all = append(all, append([]int{kind, -text, params}, kinds...))
	}
	return all
}

func refCompare(a, b string) int {
	wa, wb := refWeights(a), refWeights(b)
	for i := range min(len(wa), len(wb)) {
		if c := slices.Compare(wa[i], wb[i]); c != 0 {
			return c
		}
	}
	return len(wb) - len(wa)
}

type answer struct {
	id     int
	values []string
	ok     bool
}

// refFit cuts a path by a template: segment by segment, and from the first path
// parameter on as one piece.
func refFit(template, path string) (values []string, fits, accepted bool) {
	accepted = true
	for {
		template, path = template[1:], path[1:]
		head, rest, more := strings.Cut(template, "/")
		text, left, pathMore := strings.Cut(path, "/")
		if strings.Contains(head, ":path}") {
			head, more, text, pathMore = template, false, path, false
		}
		pieces := refPieces(head)
		var characters []string
		for _, p := range refPieces(text) {
			characters = append(characters, p.text)
		}
		cuts := refCuts(pieces, characters)
		if len(cuts) == 0 || more != pathMore {
			return nil, false, false
		}
		best := slices.IndexFunc(cuts, func(c []string) bool { return refAccepts(pieces, c) })
		accepted = accepted && best >= 0
		values = append(values, cuts[max(best, 0)]...)
		if !more {
			return values, true, accepted
		}
		template, path = "/"+rest, "/"+left
	}
}

// refMatch is Table.Match for canonical templates.
func refMatch(routes []Route, method, path string) answer {
	var best answer
	bestAccepted, bestTemplate := false, ""
	for _, r := range routes {
		if r.Method != method {
			continue
		}
		values, fits, accepted := refFit(r.Template.String(), path)
		if !fits {
			continue
		}
		if !best.ok || accepted && !bestAccepted ||
			accepted == bestAccepted && refCompare(r.Template.String(), bestTemplate) < 0 {
			best = answer{r.ID, values, true}
			bestAccepted, bestTemplate = accepted, r.Template.String()
		}
	}
	return best
}
