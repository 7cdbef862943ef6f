package bind

// textBinder binds the text of a parameter: it writes one wire value or
// reports the text.
type textBinder interface {
	text(s *state, v string)
}

// jsonBinder binds the next value of a JSON text: it reads it whole, and
// writes one wire value or reports it. Text that isn't JSON stops the scanner,
// which is all that has to happen then.
type jsonBinder interface {
	json(s *state)
}

// scalar takes both.
type scalar interface {
	textBinder
	jsonBinder
}
