// What the C files share with one another. Everything here needs the GIL.
#ifndef SPK_INTERNAL_H
#define SPK_INTERNAL_H

#include "layout.h"
#include "shim.h"

// How JSON is written for one class: see encode.c.
typedef struct spk_shape spk_shape;

// How instances of one class are made. What the pointers point at belongs to
// the runtime's App.
typedef struct {
    PyObject *builder;     // takes all fields, the sentinel for those that are absent
    PyObject *constructor; // takes the first fields, or NULL; see _runtime_construct.py
    PyObject *names;       // tuple of the fields' names in JSON
    bool mapping;          // instances are dicts of their fields
} spk_class;

typedef struct spk_keys spk_keys; // see keys.c

// The objects that Go holds, by number: see object.c. Zeros are an empty one.
typedef struct {
    struct spk_lent *slots;
    uint32_t cap, free;
    size_t held;
} spk_objects;

struct spk_app {
    uintptr_t id;
    int users; // the app itself, and each call of a Go method under way
    bool closed;
    PyObject *host;         // the runtime's App: owns everything below
    PyObject *context;      // the contextvars every request starts from
    PyObject *constructors; // list of what spk_classes_read takes, by class index
    PyObject *converters;   // list of callables, by converter index
    PyObject *proxies;      // list of classes, by export
    PyObject *kept;         // list of proxies, by handle
    PyObject *ticket;       // the contextvar of the running code's call
    PyObject *request_type, *response_type, *held_type;
    PyObject *missing; // stands for a field that was not given
    PyObject *describe, *refuse, *parts, *encode_default, *execute, *close_held;
    PyObject *streamed, *next_part; // see _runtime_stream.py
    PyObject *submit, *cancel, *step, *resolve;
    PyObject *later, *begin_later; // for the background work of answers
    PyObject *loop, *ready;        // loop is NULL if the app has no async code
    spk_shape **shapes;            // hash table by type
    size_t nshapes, shapes_cap;
    spk_class *classes; // by class index
    size_t nclasses;
    spk_keys *keys; // of dicts; NULL until there is one
    spk_objects objects;
    spk_program *no_program; // stands for a program where an object is used by itself
    spk_frame **done;        // calls that ended on the loop and were not collected
    size_t ndone, done_cap;
};

// What becomes of a step's target; the numbers are those of _runtime_plan.py.
typedef enum {
    SPK_CALL,
    SPK_CONSTANT, // it is the value
    SPK_COROUTINE,
    SPK_GENERATOR,
    SPK_ASYNC_GENERATOR,
} spk_step_kind;

// One callable of a program, ready to be called.
typedef struct {
    PyObject *target;
    int *args; // numbers of values
    int nargs, npositional;
    PyObject *keywords; // tuple of names for the arguments after npositional, or NULL
    spk_step_kind kind;
} spk_step;

struct spk_program {
    spk_app *app;
    PyObject *plan;                 // the runtime's Plan; owns what the steps borrow
    PyObject *defaults, *factories; // tuples, one a input; borrowed from plan
    spk_step *steps;                // providers in order, then the handler; unused if general
    bool *generators; // of the steps that are generators, whether they are asynchronous
    int ninputs, nsteps, ngenerators, status;
    bool general;  // hooks, outputs, Go's values: run by the runtime's execute
    bool async;    // has coroutine functions
    bool suspends; // has to run on the event loop
};

// The call this thread is in: for the request id of log lines and for Go
// methods called from Python.
extern _Thread_local spk_frame *spk_current;

// The call whose wire values this thread reads: a Go instance is one of its
// values. 0: it has none.
extern _Thread_local uint64_t spk_ticket;

// What a converter or a class of the app's did not take, and why.
typedef struct {
    PyObject *error; // the exception, or NULL: nothing was refused
    PyObject *steps; // list of the names and indexes that lead to the value, in reverse
    PyObject *raw;   // what was not taken, or NULL
    int class_index; // of the class, or -1 for a converter
} spk_refusal;

// decode.c: reads one value; advances *at. NULL with an exception. With a
// refusal, which starts as zeros, one of a converter or a class is left there
// instead; see spk_answer_refusal.
PyObject *spk_decode(spk_app *a, const uint8_t **at, const uint8_t *end, spk_refusal *refusal);

// decode_class.c: what is known of the app's classes.
int spk_classes_read(spk_app *a, PyObject *rows);
void spk_classes_free(spk_app *a);

// keys.c
void spk_keys_free(spk_app *a);

// encode.c: writes o as JSON. -1 with an exception; path then leads to the
// value that could not be written, as "$.items[3]".
typedef struct {
    char text[256];
} spk_path;
int spk_encode(spk_app *a, PyObject *o, spk_buffer *out, spk_path *path);
void spk_shapes_free(spk_app *a);

// result.c: turns what a program gave into the frame's answer. NULL, or why it
// can't be written: then the exception is the answer, and the caller's.
PyObject *spk_answer(spk_app *a, const spk_program *p, spk_frame *f, PyObject *result);

// result.c: the same for a Held, and for a Stream behind spk_answer.
void spk_answer_held(spk_app *a, spk_frame *f, PyObject *held);

// stream.c: leaves an answer in parts, and the generators that are to be ended
// behind it, in the frame. NULL, or why it can't be sent: the caller's.
PyObject *spk_answer_stream(spk_app *a, spk_frame *f, PyObject *response, PyObject **open,
                            int nopen);

// stream.c: the same for a Stream that Python has made.
void spk_keep_stream(spk_app *a, spk_frame *f, PyObject *stream);

// program.c: measure a call, if the frame says so.
void spk_measure_begin(spk_frame *f);
void spk_measure_end(spk_frame *f);

// result.c: turns an exception, given or the one that is set, into the frame's
// answer. path leads to the value that it is about; NULL: to none.
void spk_answer_raised(spk_app *a, spk_frame *f, PyObject *exc, const spk_path *path);
void spk_answer_exception(spk_app *a, spk_frame *f, const spk_path *path);

// result.c: takes the exception that is set, normalized.
PyObject *spk_take_exception(void);

// refuse.c: turns an input that could not be made, and the refusal or the
// exception that is set, into the frame's answer.
void spk_answer_refusal(const spk_program *p, spk_frame *f, int input, spk_refusal *refusal);

// program.c: reads the inputs; values must have room for ninputs. -1: the
// frame has the answer, and nothing is owned by the caller.
int spk_read_inputs(spk_program *p, spk_frame *f, PyObject **values, const uint8_t *in, size_t n);

// program.c: enters a context of the call's own and, if the program has
// asynchronous code, the app's loop; and leaves them. NULL: the frame has the
// exception.
PyObject *spk_context_enter(const spk_program *p, spk_frame *f);
void spk_context_leave(const spk_program *p, spk_frame *f, PyObject *context);

// program.c: enters a context that was left before. -1 with an exception.
int spk_context_enter_again(const spk_program *p, PyObject *context);

// object.c: lends an object to Go: its number, under which Go holds a reference
// until it is returned; 0 with an exception.
uint64_t spk_object_lend(spk_app *a, PyObject *object);

// The object of a number, borrowed; NULL with an exception if it was returned.
PyObject *spk_object_of(spk_app *a, uint64_t handle);

// Takes an object back. A second time does nothing.
void spk_object_return(spk_app *a, uint64_t handle);

// Takes back what is left; how many that were.
size_t spk_objects_end(spk_app *a);

// Lends an object as the frame's answer; NULL: the exception that is set is the
// answer.
void spk_answer_object(spk_app *a, spk_frame *f, PyObject *object);

// Has values that Go holds cleaned up in the context that they were made in: a
// contextvar's token is good only there.
void spk_held_context(spk_frame *f, PyObject *context);

// Begins the clean-up of values that Go held: they are taken back.
void spk_held_begin(spk_app *a, spk_frame *f);

// Why the use of such values failed, as a GoError, or None; once. NULL with an
// exception.
PyObject *spk_held_failure_new(spk_frame *f);

// result.c: puts the content of bytes, or the UTF-8 of a str. -1 with an exception.
int spk_put_bytes(spk_buffer *out, PyObject *o);

// result.c: an answer for a failure that can't be described by Python.
void spk_answer_bare(spk_frame *f, const char *message);

// background.c: keeps the background work of the frame's answer, if it is not None.
// -1 with an exception.
int spk_put_later(spk_app *a, spk_frame *f, PyObject *work);

// background.c: background(app, kind, event) has Go count background work.
PyObject *spk_background(PyObject *self, PyObject *args);

// app.c: one user less; the last one frees the app.
void spk_app_unref(spk_app *a);

// module.c: the functions Python calls.
int spk_module_init(void);

// sigstack.c: makes ready, not 0 on failure; and a function of the module, by
// which a thread that Python has made gets a stack for signal handlers.
int spk_signal_stack_init(void);
PyObject *spk_signal_stack(PyObject *self, PyObject *args);

// Gives this thread a signal stack for the rest of its life, if it has none and
// there is memory for it. It needs no GIL.
void spk_signal_stack_give(void);

// ask.c: functions of the module. go_call(app, proxy, export, method, arguments,
// future) calls a method of a Go value, go_ask(app, kind, ticket, number,
// payload, future) asks for anything else. They wait for the result; or they
// give a number for go_cancel(app, number), and the future gets it.
PyObject *spk_go_call(PyObject *self, PyObject *args);
PyObject *spk_go_ask(PyObject *self, PyObject *args);
PyObject *spk_go_cancel(PyObject *self, PyObject *args);

// ask.c: go_values(app, ticket, bytes) gives the values that Go has written for
// a segment.
PyObject *spk_go_values(PyObject *self, PyObject *args);

// ask.c: completes futures with what Go has written.
void spk_finish(spk_app *a, const char *finished, size_t n);

// proxy.c: an instance of a proxy class, and what is known of one's value. NULL
// and -1 with an exception.
int spk_proxy_init(void);
PyObject *spk_proxy_new(PyObject *class, uint64_t ticket, uint32_t number);
int spk_proxy_read(PyObject *o, uint64_t *ticket, uint64_t *number);

// goerror.c: a GoError, which owns the Go error. NULL with an exception; to
// raise it gives NULL in any case.
PyObject *spk_go_error(const char *text, size_t n, uintptr_t error);
PyObject *spk_raise_go_error(const char *text, size_t n, uintptr_t error);

// goerror.c: the Go error that a GoError has, by the attribute that owns it; 0
// for None and NULL. To put it gives it to the frame's call: 1, or 0 for none.
uintptr_t spk_cause(PyObject *capsule);
uint32_t spk_put_cause(spk_frame *f, PyObject *capsule);

// interp.c: before the interpreter makes keys of its own.
bool spk_exit_key_init(void);

// early.c: undoes what a start of the interpreter has done to Go's signals.
void spk_signals_give_back(void);

// interp.c: makes loop the running one on this thread, or none for NULL.
int spk_set_running_loop(PyObject *loop);

// generator.c: makes ready for the functions below. -1 with an exception.
int spk_generator_init(void);

// The value of a provider that is a generator and can't suspend; NULL with an
// exception.
PyObject *spk_generator_begin(PyObject *generator, bool async);

// Runs the clean-up of such a provider, with failure thrown in unless it is
// NULL, and gives what the call fails with then. It takes over the reference.
PyObject *spk_generator_end(PyObject *generator, bool async, PyObject *failure);

// Runs a coroutine that does not suspend; takes over the reference.
PyObject *spk_run_inline(PyObject *coroutine);

static inline PyObject *spk_newref(PyObject *o)
{
    spk_incref(o);
    return o;
}

#endif
