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

struct spk_app {
    uintptr_t id;
    int users; // the app itself, and each call of a Go method under way
    bool closed;
    PyObject *host;         // the runtime's App: owns everything below
    PyObject *context;      // the contextvars every request starts from
    PyObject *constructors; // list of what spk_classes_read takes, by class index
    PyObject *converters;   // list of callables, by converter index
    PyObject *exports;      // list of proxies, by handle
    PyObject *singletons;   // dict: callable index -> value
    PyObject *request_type, *response_type, *held_type;
    PyObject *missing; // stands for a field that was not given
    PyObject *describe, *refuse, *parts, *encode_default, *execute, *close_held;
    PyObject *submit, *cancel, *step;
    PyObject *loop, *ready; // loop is NULL if the app has no async code
    spk_shape **shapes;     // hash table by type
    size_t nshapes, shapes_cap;
    spk_class *classes; // by class index
    size_t nclasses;
    spk_keys *keys;   // of dicts; NULL until there is one
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

// result.c: turns what a program gave, or the exception that is set, into the
// frame's answer.
void spk_answer(spk_app *a, const spk_program *p, spk_frame *f, PyObject *result);
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
