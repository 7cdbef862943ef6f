package abuse

import "strings"

// hostileNumbers are short to write and long to work with.
func hostileNumbers() []hostile {
	var out []hostile
	digits := strings.Repeat("7", 4000)
	for _, tt := range []struct{ name, text string }{
		{"1e1000000000", "1e1000000000"},
		{"-1e1000000000", "-1e1000000000"},
		{"an exponent of 4000 digits", "1e" + digits},
		{"4000 digits and an exponent", digits + "e" + digits[:9]},
	} {
		for _, field := range []string{"whole", "lasting", "at", "day"} {
			out = append(out, hostile{name: tt.name + " as " + field, m: jsonTo("/amounts", `{"`+field+`":`+tt.text+`}`), status: is(400, 422)})
		}
		for _, field := range []string{"whole", "lasting"} {
			out = append(out, hostile{name: tt.name + " as " + field + " of a query", m: get("/amounts?" + field + "=" + tt.text), status: is(400, 422)})
		}
	}
	for _, tt := range []struct{ name, text string }{
		{"a number", "1e1000000000"},
		{"a fraction", "1.5"},
		{"a small number", "1e-1000000000"},
		{"a large integer", digits},
	} {
		out = append(out, hostile{name: tt.name + " for a schema", m: jsonTo("/multiples", tt.text), status: is(400, 422)})
	}
	for _, text := range []string{"P99999999999D", "PT1e9H", "P" + digits + "D", "-P9999999999W"} {
		out = append(out, hostile{name: "a duration " + text[:min(len(text), 20)], m: get("/amounts?lasting=" + text), status: is(422)})
	}
	for _, text := range []string{"9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00%2B23:59", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "2024-01-01T00:00:00." + digits} {
		// The first two are times, though none in UTC that Python could write.
		out = append(out, hostile{name: "a time " + text[:min(len(text), 28)], m: get("/amounts?at=" + text), status: is(200, 422)})
	}
	return out
}

// extremeNumbers may be taken or refused, but nothing may break on them.
func extremeNumbers() []hostile {
	var out []hostile
	for _, number := range []string{"1e400", "-1e400", "1e1000000000", "1e-1000000000", "1e-" + strings.Repeat("7", 4000), "-0", "-0.0", "123456789012345678901234567890.5"} {
		name := number[:min(len(number), 20)]
		for _, field := range []string{"whole", "real", "exact", "lasting", "either"} {
			out = append(out, hostile{name: name + " as " + field, m: jsonTo("/amounts", `{"`+field+`":`+number+`}`), status: is(200, 400, 422)})
		}
		for _, field := range []string{"whole", "real", "exact", "lasting"} {
			out = append(out, hostile{name: name + " as " + field + " of a query", m: get("/amounts?" + field + "=" + number), status: is(200, 400, 422)})
		}
		out = append(out,
			hostile{name: name + " as it is", m: jsonTo("/any", number), status: is(200, 400)},
			hostile{name: name + " and back", m: jsonTo("/items", `{"name":"a","price":`+number+`}`), status: is(200, 400, 422)},
			hostile{name: name + " twice", m: jsonTo("/set", "["+number+","+number+"]"), status: is(400, 422)})
	}
	return out
}
