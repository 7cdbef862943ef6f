package locate

import "strings"

// NotFoundError says that no Python fits, and why each one that was asked does
// not.
type NotFoundError struct {
	// Attempts are in the order in which they were made. A binding one is
	// alone: nothing is tried in its place.
	Attempts []Attempt
	// Binding says that the only attempt is one that somebody chose.
	Binding bool
}

// Attempt is one place where a Python was looked for.
type Attempt struct {
	// Origin is one of the Origin constants.
	Origin string
	// Path is the executable, folder or library; it is empty when the place
	// names none.
	Path string
	// Reason is why it does not fit, and Hint what to do about it; the hint
	// may be empty.
	Reason, Hint string
	Err          error
}

// Error tells the whole story: one line for each attempt when there are many.
func (e *NotFoundError) Error() string {
	if e.Binding && len(e.Attempts) == 1 {
		a := e.Attempts[0]
		return "the python chosen by " + a.Origin + " can't run in this process: " + a.text()
	}
	var b strings.Builder
	b.WriteString("no python that can run in this process was found; tried")
	for _, a := range e.Attempts {
		b.WriteString("\n  " + a.Origin + ": " + a.text())
	}
	b.WriteString("\n  set SPIKARD_PYTHON to a python executable, a virtual environment's folder or a libpython")
	return b.String()
}

// Unwrap gives the causes of all attempts that have one.
func (e *NotFoundError) Unwrap() []error {
	var errs []error
	for _, a := range e.Attempts {
		if a.Err != nil {
			errs = append(errs, a.Err)
		}
	}
	return errs
}

func (a Attempt) text() string {
	text := a.Reason
	if a.Path != "" {
		text = a.Path + ": " + text
	}
	if a.Hint != "" {
		text += "; " + a.Hint
	}
	return text
}

// refusal is why one candidate does not fit.
type refusal struct {
	path, reason, hint string
	err                error
}

func (r *refusal) Error() string { return r.path + ": " + r.reason }

func (r *refusal) Unwrap() error { return r.err }
