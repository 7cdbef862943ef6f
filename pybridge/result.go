package pybridge

// Outcome says how a call ended.
type Outcome uint8

// The outcomes.
const (
	// Answered: Status, ContentType, Header and Body are the answer.
	Answered Outcome = iota
	// Problem: the code raised an HTTPException; Status, Detail and Header. Body
	// is the document where the code gave a whole one.
	Problem
	// Raised: the code raised anything else; Exception tells what.
	Raised
	// Values: a program without a handler ended; Objects holds its outputs.
	Values
	// Invalid: a value of the request was refused when it was made into a
	// Python object (by pydantic, a __post_init__, a decoder). Body is a JSON
	// array of [api.FieldError]s.
	Invalid
	// Refused: the refusal that the call was given is the answer; Header is
	// what hooks have added to it.
	Refused
	// Streamed: the answer has gone through the call's Channel, to its end.
	Streamed
	// File: Status, ContentType and Header are the answer's, and Body is the path
	// of the file that is its content.
	File
)

// Result is what a call gave. The Header of a Problem and of a Raised outcome is
// what its answer is to have: hooks may have added to it.
//
// # Memory
//
// Body lies in the engine's memory and is valid until Release; so are the
// Objects, which End ends too. Release must be called exactly once.
type Result struct {
	Outcome     Outcome
	Status      int
	ContentType string
	Header      []HeaderLine
	Body        []byte
	Detail      string
	Exception   *Exception
	Objects     []Object

	release func()
	end     func(failure error) error
	sent    func()
}

// HeaderLine is one line of an answer's header.
type HeaderLine struct{ Name, Value string }

// OnRelease sets what Release does. It is for engines.
func (r *Result) OnRelease(f func()) { r.release = f }

// OnEnd sets what End does. It is for engines.
func (r *Result) OnEnd(f func(failure error) error) { r.end = f }

// OnSent sets what Sent does. It is for engines.
func (r *Result) OnSent(f func()) { r.sent = f }

// Sent tells that the answer was sent: the background work that the code has given
// it begins. Without it, Release drops that. A second one does nothing.
func (r *Result) Sent() {
	if f := r.sent; f != nil {
		r.sent = nil
		f()
	}
}

// End ends the providers of a program without a handler (Values), so that their
// user learns how that went: failure is why their use failed, or nil, and is
// thrown into the generators. It gives what the clean-up raised, as an
// *Exception, unless that is the failure itself. The Objects are not to be used
// any more. A second End, and one of any other outcome, does nothing.
func (r *Result) End(failure error) error {
	f := r.end
	if f == nil {
		return nil
	}
	r.end = nil
	return f(failure)
}

// Release gives the result's memory back to the engine and, for a program
// without a handler, ends its providers if End has not: what their clean-up
// raises is logged.
func (r *Result) Release() {
	r.end, r.sent = nil, nil
	if r.release != nil {
		f := r.release
		r.release = nil
		f()
	}
}

// Exception is a Python exception as data: nothing in it refers to Python.
type Exception struct {
	// Type is module.qualname of the exception's class.
	Type string
	// Message is str(exception).
	Message string
	// Traceback is the text Python would print.
	Traceback string
	// File and Line are the innermost place in the app's own code.
	File string
	Line int
	// Path leads to the value that can't be written as JSON, as "$.items[3]";
	// empty for every other exception.
	Path string
	// Err is the error that a GoError stands for, as a method of a Go value or a
	// StepGo gave it; nil for every other exception.
	Err error
}

// Unwrap gives Err: an *api.Problem from Go that passed through Python is still
// one.
func (e *Exception) Unwrap() error { return e.Err }

// Error gives "type: message", as the last line of a traceback.
func (e *Exception) Error() string {
	if e.Message == "" {
		return e.Type
	}
	return e.Type + ": " + e.Message
}
