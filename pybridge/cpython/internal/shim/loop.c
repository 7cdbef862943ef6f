//go:build cgo && (linux || darwin) && (amd64 || arm64)

// The event loop, as the goroutine that owns it steps it.
#include "internal.h"

#include <stdlib.h>

int spk_loop_begin(spk_app *a, spk_frame *f)
{
    spk_enter();
    int fd = -1;
    PyObject *begin = py.Object_GetAttrString(a->host, "begin");
    PyObject *number = begin == NULL ? NULL : py.Object_VectorcallDict(begin, NULL, 0, NULL);
    if (number == NULL) {
        spk_answer_exception(a, f, NULL);
    } else {
        fd = (int)py.Long_AsLongLong(number);
    }
    spk_decref(number);
    spk_decref(begin);
    spk_leave();
    return fd;
}

static void call_with_frame(PyObject *function, spk_frame *f)
{
    PyObject *number = py.Long_FromVoidPtr(f);
    PyObject *result = number == NULL ? NULL : py.Object_VectorcallDict(function, &number, 1, NULL);
    if (result == NULL) {
        py.Err_Clear();
    }
    spk_decref(result);
    spk_decref(number);
}

static void collect(spk_app *a, spk_frame *f)
{
    if (a->ndone == a->done_cap) {
        size_t cap = a->done_cap == 0 ? 64 : 2 * a->done_cap;
        spk_frame **done = realloc(a->done, cap * sizeof(spk_frame *));
        if (done == NULL) {
            abort(); // a call would never be answered: a few bytes are not to be had
        }
        a->done = done;
        a->done_cap = cap;
    }
    a->done[a->ndone++] = f;
}

static bool is_held(const spk_app *a, PyObject *o)
{
    return py.Type_IsSubtype(o->type, (PyTypeObject *)a->held_type);
}

// Called through _spikard.finish when a task has ended. error is an exception
// or None.
void spk_loop_finish(spk_frame *f, PyObject *result, PyObject *error)
{
    spk_app *a = f->program->app;
    PyObject *held = f->held; // set if this was the clean-up of a Held, or an object's work
    f->held = NULL;
    if (error != py._none) {
        py.Err_SetObject((PyObject *)error->type, error);
        spk_answer_exception(a, f, NULL);
    } else if (held == NULL) {
        if (is_held(a, result)) {
            spk_answer_held(a, f, result);
        }                           // else it is there: see execute
    } else if (!is_held(a, held)) { // else the outcome is that of spk_held_begin
        spk_answer_object(a, f, result);
    }
    spk_decref(held);
    collect(a, f);
}

// NULL: the frame has the answer.
static PyObject *inputs(spk_program *p, spk_frame *f)
{
    PyObject *tuple = py.Tuple_New(p->ninputs);
    PyObject **values = calloc((size_t)p->ninputs + 1, sizeof(PyObject *));
    if (tuple == NULL || values == NULL) {
        py.Err_Clear();
        spk_answer_bare(f, "no memory for a call");
        goto fail;
    }
    if (spk_read_inputs(p, f, values, (const uint8_t *)f->in.data, f->in.len) < 0) {
        goto fail;
    }
    for (int i = 0; i < p->ninputs; i++) {
        (void)py.Tuple_SetItem(tuple, i, values[i]);
    }
    free(values);
    return tuple;
fail:
    spk_decref(tuple);
    free(values);
    return NULL;
}

// submit(frame, plan, values, request id, ticket); or submit(frame, held,
// failure, "", ticket) for the clean-up of values that Go held, and
// submit(frame, work, None, "", ticket), where that is a coroutine or an iteration.
static void start(spk_app *a, spk_frame *f)
{
    PyObject *args[5] = {py.Long_FromVoidPtr(f)}, *result = NULL;
    args[3] = py.Unicode_FromStringAndSize(f->request_id, (Py_ssize_t)f->request_id_len);
    args[4] = py.Long_FromLongLong((long long)f->ticket);
    if (f->held != NULL) {
        spk_held_begin(a, f);
        args[1] = f->held;
        args[2] = spk_held_failure_new(f);
    } else {
        args[1] = f->program->plan;
        args[2] = inputs(f->program, f);
        if (f->lasting) {
            spk_buffer_free(&f->in);
        }
    }
    if (args[0] != NULL && args[2] != NULL && args[3] != NULL && args[4] != NULL) {
        result = py.Object_VectorcallDict(a->submit, args, 5, NULL);
    }
    if (result == NULL) { // the task was not made: the call ends here
        if (py.Err_Occurred()) {
            spk_answer_exception(a, f, NULL);
        }
        spk_decref(f->held);
        f->held = NULL;
        collect(a, f);
    }
    spk_decref(result);
    spk_decref(args[0]);
    spk_decref(args[2]);
    spk_decref(args[3]);
    spk_decref(args[4]);
}

static int64_t step(spk_app *a)
{
    PyObject *number = py.Object_VectorcallDict(a->step, NULL, 0, NULL);
    int64_t wait = number == NULL ? 0 : py.Long_AsLongLong(number);
    spk_decref(number);
    py.Err_Clear();
    return wait;
}

static size_t hand_over(spk_app *a, spk_frame **done, size_t cap)
{
    size_t n = a->ndone < cap ? a->ndone : cap;
    a->ndone -= n;
    for (size_t i = 0; i < n; i++) {
        done[i] = a->done[i];
    }
    if (a->ndone > 0) {
        memmove(a->done, a->done + n, a->ndone * sizeof *a->done);
    }
    return n;
}

int64_t spk_loop_step(spk_app *a, spk_frame *self, spk_frame **begin, size_t n, spk_frame **cancel,
                      size_t m, const char *finished, size_t size, spk_frame **done, size_t cap,
                      size_t *ndone)
{
    spk_enter();
    spk_current = self;
    for (size_t i = 0; i < n; i++) {
        start(a, begin[i]);
    }
    for (size_t i = 0; i < m; i++) {
        call_with_frame(a->cancel, cancel[i]);
    }
    spk_finish(a, finished, size); // behind the cancellations: see half.cancelFirst
    int64_t wait = step(a);
    *ndone = hand_over(a, done, cap);
    if (a->ndone > 0) {
        wait = 0;
    }
    spk_current = NULL;
    spk_leave();
    return wait;
}

bool spk_loop_end(spk_app *a, spk_frame *self, bool abandon)
{
    spk_enter();
    spk_current = self;
    PyObject *end = py.Object_GetAttrString(a->host, "end");
    PyObject *arg = abandon ? py._true : py._false;
    PyObject *ended = end == NULL ? NULL : py.Object_VectorcallDict(end, &arg, 1, NULL);
    bool finished = ended == NULL || ended == py._true;
    py.Err_Clear();
    spk_decref(ended);
    spk_decref(end);
    spk_current = NULL;
    spk_leave();
    return finished;
}
