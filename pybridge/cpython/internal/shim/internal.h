// What the C files share with one another. Everything here needs the GIL.
#ifndef SPK_INTERNAL_H
#define SPK_INTERNAL_H

#include "shim.h"

// How JSON is written for one class: see encode.c.
typedef struct spk_shape spk_shape;

struct spk_app {
    uintptr_t id;
    int users; // the app itself, and each call of a Go method under way
    bool closed;
    PyObject *host;       // the runtime's App: owns everything below
    PyObject *context;    // the contextvars every request starts from
    PyObject *classes;    // list of types, by class index
    PyObject *converters; // list of callables, by converter index
    PyObject *exports;    // list of proxies, by handle
    PyObject *singletons; // dict: callable index -> value
    PyObject *request_type, *response_type, *held_type;
    PyObject *describe, *parts, *encode_default, *execute, *close_held;
    PyObject *submit, *cancel, *step;
    PyObject *loop, *ready; // loop is NULL if the app has no async code
    spk_shape **shapes;     // hash table by type
    size_t nshapes, shapes_cap;
    spk_frame **done; // calls that ended on the loop and were not collected
    size_t ndone, done_cap;
};

// One callable of a program, ready to be called.
typedef struct {
    PyObject *target;
    int *args; // numbers of values
    int nargs, npositional;
    PyObject *keywords;  // tuple of names for the arguments after npositional, or NULL
    PyObject *singleton; // key in app->singletons, or NULL
    bool coroutine, constant;
} spk_step;

struct spk_program {
    spk_app *app;
    PyObject *plan;                 // the runtime's Plan; owns what the steps borrow
    PyObject *defaults, *factories; // tuples, one a input; borrowed from plan
    spk_step *steps;                // providers in order, then the handler; unused if general
    int ninputs, nsteps, status;
    bool general;  // generators, hooks, outputs: run by the runtime's execute
    bool async;    // has coroutine functions
    bool suspends; // has to run on the event loop
};

// The call this thread is in: for the request id of log lines and for Go
// methods called from Python.
extern _Thread_local spk_frame *spk_current;

// decode.c: reads one value; advances *at. NULL with an exception.
PyObject *spk_decode(spk_app *a, const uint8_t **at, const uint8_t *end);

// encode.c: writes o as JSON. -1 with an exception; path then leads to the
// value that could not be written, as "$.items[3]".
typedef struct {
    char text[256];
} spk_path;
int spk_encode(spk_app *a, PyObject *o, spk_buffer *out, spk_path *path);
void spk_shapes_free(spk_app *a);

// result.c: turns what a program gave, or the exception that is set, into the
// frame's answer.
void spk_answer(spk_app *a, const spk_program *p, spk_frame *f, PyObject *result);
void spk_answer_exception(spk_app *a, spk_frame *f, const spk_path *path);

// program.c: reads the inputs; values must have room for ninputs. -1 with an
// exception, and nothing is owned by the caller.
int spk_read_inputs(spk_program *p, PyObject **values, const uint8_t *in, size_t n);

// program.c: enters a context of the call's own and, if the program has
// asynchronous code, the app's loop; and leaves them. NULL: the frame has the
// exception.
PyObject *spk_context_enter(const spk_program *p, spk_frame *f);
void spk_context_leave(const spk_program *p, spk_frame *f, PyObject *context);

// result.c: an answer for a failure that can't be described by Python.
void spk_answer_bare(spk_frame *f, const char *message);

// app.c: one user less; the last one frees the app.
void spk_app_unref(spk_app *a);

// module.c: the functions Python calls.
int spk_module_init(void);

// interp.c: makes loop the running one on this thread, or none for NULL.
int spk_set_running_loop(PyObject *loop);

// Runs a coroutine that does not suspend; takes over the reference.
PyObject *spk_run_inline(PyObject *coroutine);

static inline PyObject *spk_newref(PyObject *o)
{
    spk_incref(o);
    return o;
}

#endif
