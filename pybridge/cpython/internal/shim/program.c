//go:build cgo && (linux || darwin) && (amd64 || arm64)

// A route's Python part: compiled once, run for each request.
#include "internal.h"

#include <stdlib.h>
#include <time.h>

// Programs with up to this many values and arguments need no memory of their
// own for a call.
enum { FEW = 32 };

static long long long_attr(PyObject *o, const char *name)
{
    PyObject *v = py.Object_GetAttrString(o, name);
    long long out = v == NULL ? 0 : py.Long_AsLongLong(v);
    spk_decref(v);
    return out;
}

// The plan keeps the attribute's value alive as long as the program lives.
static PyObject *borrowed_attr(PyObject *o, const char *name)
{
    PyObject *v = py.Object_GetAttrString(o, name);
    spk_decref(v);
    return v;
}

static PyObject *none_to_null(PyObject *o) { return o == py._none ? NULL : o; }

// row is (target, args, positional, keywords | None, kind).
static int read_step(spk_step *s, PyObject *row)
{
    PyObject *args = py.Tuple_GetItem(row, 1);
    if (args == NULL || py.Tuple_GetItem(row, 4) == NULL) {
        return -1;
    }
    s->target = py.Tuple_GetItem(row, 0);
    s->nargs = (int)py.Tuple_Size(args);
    s->npositional = (int)py.Long_AsLongLong(py.Tuple_GetItem(row, 2));
    s->keywords = none_to_null(py.Tuple_GetItem(row, 3));
    s->kind = (spk_step_kind)py.Long_AsLongLong(py.Tuple_GetItem(row, 4));
    s->args = calloc((size_t)s->nargs + 1, sizeof *s->args);
    if (s->args == NULL) {
        py.Err_SetString(py.MemoryError, "no memory for a program");
        return -1;
    }
    for (int i = 0; i < s->nargs; i++) {
        s->args[i] = (int)py.Long_AsLongLong(py.Tuple_GetItem(args, i));
    }
    return py.Err_Occurred() ? -1 : 0;
}

static bool is_generator(const spk_step *s)
{
    return s->kind == SPK_GENERATOR || s->kind == SPK_ASYNC_GENERATOR;
}

static int read_plan(spk_program *p)
{
    p->status = (int)long_attr(p->plan, "status");
    p->general = long_attr(p->plan, "general") != 0;
    p->async = long_attr(p->plan, "is_async") != 0;
    p->suspends = long_attr(p->plan, "suspends") != 0;
    p->defaults = borrowed_attr(p->plan, "defaults");
    p->factories = borrowed_attr(p->plan, "factories");
    PyObject *steps = borrowed_attr(p->plan, "fast_steps");
    if (py.Err_Occurred()) {
        return -1;
    }
    p->ninputs = (int)py.Tuple_Size(p->defaults);
    p->nsteps = (int)py.Tuple_Size(steps);
    p->steps = calloc((size_t)p->nsteps + 1, sizeof *p->steps);
    p->generators = calloc((size_t)p->nsteps + 1, sizeof *p->generators);
    if (p->steps == NULL || p->generators == NULL) {
        py.Err_SetString(py.MemoryError, "no memory for a program");
        return -1;
    }
    for (int i = 0; i < p->nsteps; i++) {
        spk_step *s = &p->steps[i];
        if (read_step(s, py.Tuple_GetItem(steps, i)) < 0) {
            return -1;
        }
        if (is_generator(s)) {
            p->generators[p->ngenerators++] = s->kind == SPK_ASYNC_GENERATOR;
        }
    }
    return p->ngenerators > 0 ? spk_generator_init() : 0;
}

static void program_free(spk_program *p)
{
    for (int i = 0; p->steps != NULL && i < p->nsteps; i++) {
        free(p->steps[i].args);
    }
    free(p->steps);
    free(p->generators);
    spk_decref(p->plan);
    free(p);
}

spk_program *spk_program_new(spk_app *a, const char *description, size_t n, spk_frame *f)
{
    spk_enter();
    PyObject *compile = py.Object_GetAttrString(a->host, "compile");
    PyObject *text = py.Unicode_FromStringAndSize(description, (Py_ssize_t)n);
    spk_program *p = calloc(1, sizeof *p);
    if (compile == NULL || text == NULL || p == NULL) {
        goto fail;
    }
    p->app = a;
    p->plan = py.Object_VectorcallDict(compile, &text, 1, NULL);
    if (p->plan == NULL || read_plan(p) < 0) {
        goto fail;
    }
    spk_decref(text);
    spk_decref(compile);
    spk_leave();
    return p;
fail:
    spk_answer_exception(a, f, NULL);
    spk_decref(text);
    spk_decref(compile);
    if (p != NULL) {
        program_free(p);
    }
    spk_leave();
    return NULL;
}

void spk_program_free(spk_program *p)
{
    spk_enter();
    program_free(p);
    spk_leave();
}

bool spk_program_async(const spk_program *p) { return p->async; }
bool spk_program_suspends(const spk_program *p) { return p->suspends; }

static void drop(PyObject **values, int n)
{
    for (int i = 0; i < n; i++) {
        spk_decref(values[i]);
    }
}

static PyObject *default_of(spk_program *p, int i)
{
    PyObject *factory = py.Tuple_GetItem(p->factories, i);
    if (factory == NULL) {
        return NULL;
    }
    if (factory != py._none) {
        return py.Object_VectorcallDict(factory, NULL, 0, NULL);
    }
    return spk_newref(py.Tuple_GetItem(p->defaults, i));
}

int spk_read_inputs(spk_program *p, spk_frame *f, PyObject **values, const uint8_t *in, size_t n)
{
    const uint8_t *end = in + n;
    spk_ticket = f->ticket;
    for (int i = 0; i < p->ninputs; i++) {
        spk_refusal refusal = {0};
        if (in < end && *in == 0) { // wire.Absent
            in++;
            values[i] = default_of(p, i);
        } else {
            values[i] = spk_decode(p->app, &in, end, &refusal);
        }
        if (values[i] == NULL) {
            drop(values, i);
            spk_answer_refusal(p, f, i, &refusal);
            return -1;
        }
    }
    if (in != end) {
        py.Err_SetString(py.SystemError, "wire: bytes are left over after the inputs");
        drop(values, p->ninputs);
        spk_answer_exception(p->app, f, NULL);
        return -1;
    }
    return 0;
}

static PyObject *keywords_dict(const spk_step *s, PyObject *const *args)
{
    PyObject *out = py.Dict_New();
    for (int i = s->npositional; out != NULL && i < s->nargs; i++) {
        PyObject *name = py.Tuple_GetItem(s->keywords, i - s->npositional);
        if (name == NULL || py.Dict_SetItem(out, name, args[i]) < 0) {
            spk_decref(out);
            return NULL;
        }
    }
    return out;
}

static PyObject *call_target(const spk_step *s, PyObject **args)
{
    PyObject *keywords = NULL;
    if (s->keywords != NULL && (keywords = keywords_dict(s, args)) == NULL) {
        return NULL;
    }
    PyObject *out = py.Object_VectorcallDict(
        s->target, args, (size_t)s->npositional | SPK_VECTORCALL_OFFSET, keywords);
    spk_decref(keywords);
    return out;
}

static PyObject *run_step(const spk_step *s, PyObject *const *values)
{
    if (s->kind == SPK_CONSTANT) {
        return spk_newref(s->target);
    }
    // One more in front: SPK_VECTORCALL_OFFSET lets the callee use it, which
    // saves a bound method a copy of the arguments.
    PyObject *few[FEW + 1], **args = few;
    if (s->nargs > FEW && (args = malloc(sizeof *args * ((size_t)s->nargs + 1))) == NULL) {
        py.Err_SetString(py.MemoryError, "no memory for a call");
        return NULL;
    }
    for (int i = 0; i < s->nargs; i++) {
        args[i + 1] = values[s->args[i]];
    }
    PyObject *out = call_target(s, args + 1);
    if (args != few) {
        free(args);
    }
    return out != NULL && s->kind == SPK_COROUTINE ? spk_run_inline(out) : out;
}

// What a call owns.
typedef struct {
    PyObject **values; // the inputs, then one for each step that has run
    PyObject **open;   // the generators among them, to be ended
    int n, nopen;
} spk_run;

static PyObject *provide(const spk_step *s, spk_run *r)
{
    PyObject *out = run_step(s, r->values);
    if (out == NULL || !is_generator(s)) {
        return out;
    }
    PyObject *value = spk_generator_begin(out, s->kind == SPK_ASYNC_GENERATOR);
    if (value == NULL) {
        spk_decref(out);
    } else {
        r->open[r->nopen++] = out;
    }
    return value;
}

// Runs the steps one after another; the last one's value is the result.
static PyObject *run_steps(spk_program *p, spk_run *r)
{
    for (int i = 0; i < p->nsteps; i++) {
        PyObject *v = provide(&p->steps[i], r);
        if (v == NULL) {
            return NULL;
        }
        r->values[r->n++] = v;
    }
    return r->values[r->n - 1];
}

// The answer is written before the clean-up, which may close what its values
// are still read from; what a clean-up raises replaces it.
static void run_fast(spk_program *p, spk_frame *f, spk_run *r)
{
    PyObject *result = run_steps(p, r), *answered = NULL, *failure;
    if (result == NULL) {
        failure = spk_take_exception();
    } else {
        failure = spk_answer(p->app, p, f, result);
        if (failure == NULL && f->outcome == SPK_STREAMED) {
            failure = spk_answer_stream(p->app, f, result, r->open, r->nopen);
            if (failure == NULL) {
                return; // the generators are ended behind the last part
            }
        }
        answered = failure == NULL ? NULL : spk_newref(failure);
    }
    while (r->nopen > 0) {
        r->nopen--;
        failure = spk_generator_end(r->open[r->nopen], p->generators[r->nopen], failure);
        spk_decref(r->open[r->nopen]);
    }
    if (result == NULL || failure != answered) {
        spk_answer_raised(p->app, f, failure, NULL);
    }
    spk_decref(failure);
    spk_decref(answered);
}

// execute(plan, inputs, ticket, frame) gives a Held or leaves the answer in the
// frame.
static PyObject *execute(spk_program *p, spk_frame *f, PyObject *const *values)
{
    PyObject *args[4] = {p->plan, py.Tuple_New(p->ninputs),
                         py.Long_FromLongLong((long long)f->ticket), py.Long_FromVoidPtr(f)};
    PyObject *coroutine = NULL;
    if (args[1] != NULL && args[2] != NULL && args[3] != NULL) {
        for (int i = 0; i < p->ninputs; i++) {
            (void)py.Tuple_SetItem(args[1], i, spk_newref(values[i]));
        }
        coroutine = py.Object_VectorcallDict(p->app->execute, args, 4, NULL);
    }
    for (int i = 1; i < 4; i++) {
        spk_decref(args[i]);
    }
    return coroutine == NULL ? NULL : spk_run_inline(coroutine);
}

static void run_general(spk_program *p, spk_frame *f, PyObject *const *values)
{
    PyObject *result = execute(p, f, values);
    if (result == NULL) {
        spk_answer_exception(p->app, f, NULL);
    } else if (result != py._none) {
        spk_answer_held(p->app, f, result);
    }
    spk_decref(result);
}

static void run(spk_program *p, spk_frame *f, PyObject **values, const uint8_t *in, size_t size)
{
    if (spk_read_inputs(p, f, values, in, size) < 0) {
        return;
    }
    spk_run r = {values, values + p->ninputs + p->nsteps, p->ninputs, 0};
    if (p->general) {
        run_general(p, f, values);
    } else {
        run_fast(p, f, &r);
    }
    drop(values, r.n);
}

// Each request has contextvars of its own, copied from the app's. Coroutine
// functions run as if on the loop: it is the running one.
PyObject *spk_context_enter(const spk_program *p, spk_frame *f)
{
    PyObject *context = py.Context_Copy(p->app->context);
    if (context == NULL || spk_context_enter_again(p, context) < 0) {
        spk_answer_exception(p->app, f, NULL);
        spk_decref(context);
        return NULL;
    }
    return context;
}

int spk_context_enter_again(const spk_program *p, PyObject *context)
{
    if (py.Context_Enter(context) < 0) {
        return -1;
    }
    if (p->async && spk_set_running_loop(p->app->loop) < 0) {
        (void)py.Context_Exit(context);
        return -1;
    }
    return 0;
}

// What the code left on the loop wakes it. (GoLoop sees to timers.)
void spk_context_leave(const spk_program *p, spk_frame *f, PyObject *context)
{
    if (p->async) {
        if (spk_set_running_loop(NULL) < 0) {
            py.Err_Clear();
        }
        f->wake = py.Object_Size(p->app->ready) > 0;
    }
    if (py.Context_Exit(context) < 0) {
        py.Err_Clear(); // the code left another context entered
    }
    spk_decref(context);
}

static int64_t now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void spk_measure_begin(spk_frame *f)
{
    if (f->measure) {
        f->inside_ns = -now(CLOCK_MONOTONIC);
        f->busy_ns = -now(CLOCK_THREAD_CPUTIME_ID);
    }
}

void spk_measure_end(spk_frame *f)
{
    if (f->measure) {
        f->inside_ns += now(CLOCK_MONOTONIC);
        f->busy_ns += now(CLOCK_THREAD_CPUTIME_ID);
    }
}

void spk_call(spk_program *p, spk_frame *f, const uint8_t *in, size_t n)
{
    PyObject *few[FEW], **values = few;
    size_t count = (size_t)p->ninputs + (size_t)p->nsteps + (size_t)p->ngenerators;
    if (count > FEW && (values = malloc(sizeof *values * count)) == NULL) {
        spk_answer_bare(f, "no memory for a call");
        return;
    }
    spk_frame *outer = spk_current;
    spk_enter();
    spk_measure_begin(f);
    spk_frame_set_thread(f, true);
    spk_current = f;
    f->program = p;
    PyObject *context = spk_context_enter(p, f);
    if (context != NULL) {
        run(p, f, values, in, n);
        spk_held_context(f, context);
        spk_context_leave(p, f, context);
    }
    spk_current = outer;
    spk_frame_set_thread(f, false);
    spk_measure_end(f);
    spk_leave();
    if (values != few) {
        free(values);
    }
}
