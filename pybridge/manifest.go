package pybridge

import (
	"encoding/json"
	"time"

	"github.com/spikard/spikard-go/spikard/api"
)

// ManifestVersion is the form of the manifest that this module reads and that
// the Python package in pybridge/python writes. Both ship together.
const ManifestVersion = 1

// Manifest is all that a Python app registered, as data: it is how Python
// registrations reach Go. Python writes it once when the app is loaded.
// Python objects are named in it by their index in tables that stay on the
// Python side (callables, classes, converters).
type Manifest struct {
	Version int    `json:"version"`
	Module  string `json:"module"`
	// Callables are the functions that Go may have called, by index.
	Callables []Function `json:"callables"`
	Routes    []Route    `json:"routes"`
	Providers []Provider `json:"providers"`
	Hooks     []Hook     `json:"hooks"`
	// ErrorHandlers answer exceptions by their classes.
	ErrorHandlers []ErrorHandler `json:"error_handlers,omitempty"`
	// Jobs are run at intervals.
	Jobs []Job `json:"jobs,omitempty"`
	// Types describes each class that an annotation names, by its key.
	Types map[string]Class `json:"types"`
	// Upload is the converter of a TypeUpload, for the files of a form where no
	// type says what they are.
	Upload int `json:"upload,omitempty"`
	// Config holds the ServerConfig fields that the app set, by their Python
	// names, and nothing that was left at its default.
	Config map[string]json.RawMessage `json:"config,omitempty"`
	// Faults are registrations that Python could not describe.
	Faults []Fault `json:"faults,omitempty"`
}

// Fault is a mistake in a registration: what is wrong and where.
type Fault struct {
	Message string     `json:"message"`
	Source  api.Source `json:"source"`
}

// FunctionKind says how a callable produces its value.
type FunctionKind string

// The kinds of callables.
const (
	KindFunction       FunctionKind = "function"
	KindCoroutine      FunctionKind = "coroutine"
	KindGenerator      FunctionKind = "generator"
	KindAsyncGenerator FunctionKind = "async_generator"
	KindClass          FunctionKind = "class"
	// KindValue stands for a value registered as it is: nothing is called.
	KindValue FunctionKind = "value"
)

// Function is a Python function or class that Go can have called.
type Function struct {
	// Name is module.qualname, for messages.
	Name string       `json:"name"`
	Kind FunctionKind `json:"kind"`
	// Suspends says that a coroutine or an async generator has a suspension
	// point in its byte code, so it has to run on the event loop. One without
	// runs to its end at its first step.
	Suspends bool       `json:"suspends"`
	Params   []Param    `json:"params"`
	Returns  *Type      `json:"returns,omitempty"`
	Source   api.Source `json:"source"`
}

// ParamIn says where a parameter's value comes from.
type ParamIn string

// The places a parameter can come from.
const (
	InPath   ParamIn = "path"
	InQuery  ParamIn = "query"
	InHeader ParamIn = "header"
	InCookie ParamIn = "cookie"
	InBody   ParamIn = "body"
	// InForm is a field of a form, or with Whole the form itself.
	InForm ParamIn = "form"
	// InFile is a field of a form that is a file.
	InFile ParamIn = "file"
	// InRequest is the Request object itself.
	InRequest ParamIn = "request"
	// InResponse is the answer that an on_response hook is given.
	InResponse ParamIn = "response"
	// InError is the exception that an on_error hook or an error handler is
	// given.
	InError ParamIn = "error"
	// InInject is a dependency, known by its key.
	InInject ParamIn = "inject"
	// InAuto is a class without a marker: injected when its key has a
	// provider, else the body when it can be one. It is decided when the
	// registry is sealed.
	InAuto ParamIn = "auto"
)

// Param is one parameter of a callable, in the order of its signature.
type Param struct {
	// Name is the Python name.
	Name string  `json:"name"`
	In   ParamIn `json:"in"`
	// Alias is the name on the wire: a header's is canonical lower case with
	// hyphens. Equal to Name where the user gave none.
	Alias string `json:"alias"`
	// Required is false where Python has a default: then wire.Absent makes
	// the shim pass that default.
	Required bool `json:"required"`
	// Separator splits one value into a list ("a,b"); empty: the parameter is
	// repeated.
	Separator string `json:"separator,omitempty"`
	// Whole says that an InForm parameter is the form with all its fields, as
	// one value; Alias means nothing then.
	Whole bool `json:"whole,omitempty"`
	// MediaType is what an InBody parameter is sent as, as "text/plain" or
	// "image/*". Empty: JSON. With another one the body is not parsed: the type
	// is bytes, or str by the charset the client names.
	MediaType string `json:"media_type,omitempty"`
	// Schema is a JSON Schema (2020-12, or a boolean) that the value must
	// match besides its type.
	Schema json.RawMessage `json:"schema,omitempty"`
	// Type describes the value; nil where only injection can supply it.
	Type *Type `json:"type,omitempty"`
	// Key is the dependency's key for InInject and InAuto.
	Key string `json:"key,omitempty"`
}

// TypeKind is the shape of a value.
type TypeKind string

// The shapes. The comment gives the fields of [Type] that go with each.
const (
	TypeAny      TypeKind = "any"
	TypeNone     TypeKind = "none"
	TypeBool     TypeKind = "bool"
	TypeInt      TypeKind = "int"
	TypeFloat    TypeKind = "float"
	TypeStr      TypeKind = "str"
	TypeBytes    TypeKind = "bytes"
	TypeUUID     TypeKind = "uuid"
	TypeDecimal  TypeKind = "decimal"
	TypeDateTime TypeKind = "datetime"
	TypeDate     TypeKind = "date"
	TypeTime     TypeKind = "time"
	TypeDuration TypeKind = "timedelta"
	TypeList     TypeKind = "list"      // Items[0]
	TypeSet      TypeKind = "set"       // Items[0]
	TypeFrozen   TypeKind = "frozenset" // Items[0]
	TypeVarTuple TypeKind = "vartuple"  // Items[0]: tuple[T, ...]
	TypeTuple    TypeKind = "tuple"     // Items
	TypeDict     TypeKind = "dict"      // Items[0] keys, Items[1] values
	TypeUnion    TypeKind = "union"     // Items, in the order written
	TypeLiteral  TypeKind = "literal"   // Values
	TypeEnum     TypeKind = "enum"      // Ref, Values
	TypeClass    TypeKind = "class"     // Ref: a key of Manifest.Types
	// TypeUpload is a file of a form. Converter is called with a tuple of the
	// file's name, content type, size, headers as a list of name, value, ...,
	// and its content: bytes, or a str with the path of a file that is removed
	// when the request ends.
	TypeUpload TypeKind = "upload"
	// TypeJSON is whatever a decoder in Python makes of a value's JSON text
	// (pydantic, msgspec). Converter is called with the text, as bytes, which
	// is well-formed; what it refuses is the client's mistake.
	TypeJSON TypeKind = "json" // Shape
)

// Type describes the values that an annotation allows.
type Type struct {
	Kind  TypeKind `json:"kind"`
	Items []*Type  `json:"items,omitempty"`
	// Values are the JSON values of a literal or of an enum's members.
	Values []json.RawMessage `json:"values,omitempty"`
	Ref    string            `json:"ref,omitempty"`
	// Converter is the index of the Python callable that makes the value from
	// its wire form (UUID from str, an enum's member from its value, set from
	// list), or 0 for none: index 0 is never used.
	Converter int `json:"converter,omitempty"`
	// Shape is a JSON Schema of what a decoder takes. Nothing is checked by it:
	// it tells what the texts of a form are to become.
	Shape json.RawMessage `json:"shape,omitempty"`
	Constraints
}

// Constraints narrow a type, in pydantic's names. A nil pointer is no
// constraint.
type Constraints struct {
	Gt         *json.Number `json:"gt,omitempty"`
	Ge         *json.Number `json:"ge,omitempty"`
	Lt         *json.Number `json:"lt,omitempty"`
	Le         *json.Number `json:"le,omitempty"`
	MultipleOf *json.Number `json:"multiple_of,omitempty"`
	MinLength  *int         `json:"min_length,omitempty"`
	MaxLength  *int         `json:"max_length,omitempty"`
	Pattern    *string      `json:"pattern,omitempty"`
}

// ClassKind says how instances of a class are built and read.
type ClassKind string

// The kinds of classes.
const (
	ClassDataclass  ClassKind = "dataclass"
	ClassTypedDict  ClassKind = "typeddict"
	ClassNamedTuple ClassKind = "namedtuple"
	// ClassStruct is a msgspec.Struct, ClassAttrs a class made with attrs: for
	// a request they are dataclasses.
	ClassStruct ClassKind = "struct"
	ClassAttrs  ClassKind = "attrs"
	// ClassPlain is any other class: it can be injected, not bound.
	ClassPlain ClassKind = "plain"
)

// Class describes a class that an annotation names.
type Class struct {
	// Name is module.qualname.
	Name string    `json:"name"`
	Kind ClassKind `json:"kind"`
	// Index is its place in the Python side's table of classes.
	Index int `json:"index"`
	// Fields are what a request may set, in the order of the constructor.
	Fields []Field `json:"fields,omitempty"`
	// Closed refuses members that no field stands for.
	Closed bool `json:"closed,omitempty"`
	// Methods are those a Go value standing in for the class must have.
	Methods []Method   `json:"methods,omitempty"`
	Source  api.Source `json:"source"`
}

// Field is one field of a class with fields.
type Field struct {
	// Name is the member's name in JSON, which need not be the attribute's.
	Name     string `json:"name"`
	Type     *Type  `json:"type"`
	Required bool   `json:"required"`
}

// Method is a public method of a plain class.
type Method struct {
	Name    string     `json:"name"`
	Async   bool       `json:"async"`
	Params  []Param    `json:"params"`
	Returns *Type      `json:"returns,omitempty"`
	Source  api.Source `json:"source"`
}

// Route is one registration of a handler for a path.
type Route struct {
	Methods []string `json:"methods"`
	Path    string   `json:"path"`
	// Callable is the handler's index in Manifest.Callables.
	Callable    int      `json:"callable"`
	StatusCode  int      `json:"status_code,omitempty"`
	OperationID string   `json:"operation_id,omitempty"`
	Summary     string   `json:"summary,omitempty"`
	Description string   `json:"description,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	Deprecated  bool     `json:"deprecated,omitempty"`
	Hidden      bool     `json:"hidden,omitempty"`
	// BodySchema is a JSON Schema that the body must match, whether or not a
	// parameter takes it. ResponseSchema describes the answer.
	BodySchema     json.RawMessage `json:"body_schema,omitempty"`
	ResponseSchema json.RawMessage `json:"response_schema,omitempty"`
	// ValidateResponses checks each answer: against ResponseSchema, or else
	// against the type that the handler returns.
	ValidateResponses bool `json:"validate_responses,omitempty"`
	// Threads is how many calls may be inside Python at once, and Queue how many
	// may wait for that. 0 and nil are what the server is configured for.
	Threads int  `json:"threads,omitempty"`
	Queue   *int `json:"queue,omitempty"`
	// Files are the rules for files of the form, by the field's name.
	Files map[string]FileRule `json:"files,omitempty"`
	// Hooks are the indexes of the hooks that are the route's own, or its
	// router's, in order.
	Hooks []int `json:"hooks,omitempty"`
	// Security is what the route asks of its client: one of these must be met.
	// Nil is what the server asks of all; none at all, as [], is nothing.
	Security []SecurityRequirement `json:"security,omitzero"`
	// Session has the route take WebSockets. Its handler is called once for each.
	Session *Session `json:"session,omitempty"`
	// Events says that the answer is server-sent events.
	Events bool `json:"events,omitempty"`
	// StreamBody leaves the body of a request to its handler, which reads it in
	// parts.
	StreamBody bool       `json:"stream_body,omitempty"`
	Source     api.Source `json:"source"`
}

// Session is what a route for WebSockets is like.
type Session struct {
	// Message is one more than the index in Manifest.Callables of what describes
	// the messages: its parameter is bound to each as if it were the body of a
	// request. 0: messages reach Python as they are.
	Message int `json:"message,omitempty"`
	// Schema is a JSON Schema that a message must match.
	Schema json.RawMessage `json:"schema,omitempty"`
	// Subprotocols are those that the handler speaks, the best first.
	Subprotocols []string `json:"subprotocols,omitempty"`
}

// FileRule is what a file of a form must be like.
type FileRule struct {
	Required bool `json:"required,omitempty"`
	// ContentTypes are the media types allowed, as "image/png" or "image/*";
	// none: any.
	ContentTypes []string `json:"content_types,omitempty"`
	// MaxSize is in bytes; 0: no limit but the body's.
	MaxSize int64 `json:"max_size,omitempty"`
	// MagicNumbers checks that the content begins as the declared type's does.
	MagicNumbers bool `json:"magic_numbers,omitempty"`
}

// Provider is a registration of a dependency.
type Provider struct {
	Key string `json:"key"`
	// Scope is "singleton", "request" or "transient".
	Scope string `json:"scope"`
	// Lazy has a singleton made when it is first needed and not at start.
	Lazy     bool       `json:"lazy,omitempty"`
	Callable int        `json:"callable"`
	Source   api.Source `json:"source"`
}

// HookStage names the moment at which a hook runs.
type HookStage string

// The stages this version runs.
const (
	StageStartup       HookStage = "on_startup"
	StageShutdown      HookStage = "on_shutdown"
	StageOnRequest     HookStage = "on_request"
	StagePreValidation HookStage = "pre_validation"
	StagePreHandler    HookStage = "pre_handler"
	StageOnResponse    HookStage = "on_response"
	StageOnError       HookStage = "on_error"
	StageHealthCheck   HookStage = "health_check"
)

// Hook is a registration of a hook.
type Hook struct {
	Stage    HookStage `json:"stage"`
	Callable int       `json:"callable"`
	// Local hooks run for the routes that name them, all others for the whole
	// app, and also where no route was found.
	Local  bool       `json:"local,omitempty"`
	Source api.Source `json:"source"`
}

// Job is a registration of a callable that is run at intervals.
type Job struct {
	// Name is its own among the app's jobs.
	Name string `json:"name"`
	// Every is the interval, Immediately whether the first run is at the start and
	// not an interval later.
	Every       time.Duration `json:"every"`
	Immediately bool          `json:"immediately,omitempty"`
	Callable    int           `json:"callable"`
	Source      api.Source    `json:"source"`
}

// ErrorHandler is a registration of an exception handler.
type ErrorHandler struct {
	// Name is the class' name, or the status' number, for messages.
	Name     string     `json:"name"`
	Callable int        `json:"callable"`
	Source   api.Source `json:"source"`
	// Refusals says that what Go refuses is such an exception too: a class of
	// HTTPException, RequestValidationError or a base of theirs, or a status.
	Refusals bool `json:"refusals,omitempty"`
}

// SecurityRequirement names the schemes that must all be met, each with the
// scopes that are needed, as in OpenAPI.
type SecurityRequirement map[string][]string
