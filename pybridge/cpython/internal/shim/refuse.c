//go:build cgo && (linux || darwin) && (amd64 || arm64)

// Inputs that a converter or a class refuses: where they are, and the runtime's
// verdict on whose mistake it is.
#include "decode.h"

// While a refusal is under way no exception is set: it is in there.
void spk_refuse_begin(spk_cursor *c, PyObject *raw, int class_index)
{
    spk_refusal *r = c->refusal;
    if (r == NULL || spk_refused(c)) {
        return;
    }
    r->error = spk_take_exception();
    r->class_index = class_index;
    if (raw != NULL) {
        r->raw = spk_newref(raw);
    }
    if ((r->steps = py.List_New(0)) == NULL) {
        py.Err_Clear();
    }
}

void spk_refuse_step(spk_cursor *c, PyObject *step)
{
    if (step == NULL || !spk_refused(c) || c->refusal->steps == NULL) {
        return;
    }
    if (py.List_Append(c->refusal->steps, step) < 0) {
        py.Err_Clear();
    }
}

void spk_refuse_index(spk_cursor *c, Py_ssize_t i)
{
    if (!spk_refused(c)) {
        return;
    }
    PyObject *step = py.Long_FromLongLong(i);
    spk_refuse_step(c, step);
    spk_decref(step);
    py.Err_Clear();
}

// refuse(plan, exception, input, steps, raw, class) gives the errors as JSON
// (bytes), or None if it is not the client's mistake.
static PyObject *verdict(const spk_program *p, int input, const spk_refusal *r)
{
    PyObject *number = py.Long_FromLongLong(input);
    PyObject *class = py.Long_FromLongLong(r->class_index), *out = NULL;
    PyObject *args[] = {p->plan, r->error, number, r->steps, r->raw == NULL ? py._none : r->raw,
                        class};
    if (number != NULL && class != NULL && r->steps != NULL) {
        out = py.Object_VectorcallDict(p->app->refuse, args, 6, NULL);
    }
    spk_decref(number);
    spk_decref(class);
    py.Err_Clear();
    return out;
}

static bool put_errors(spk_frame *f, PyObject *errors)
{
    char *data;
    Py_ssize_t n;
    if (py.Bytes_AsStringAndSize(errors, &data, &n) < 0) {
        py.Err_Clear();
        return false;
    }
    f->outcome = SPK_INVALID;
    f->status = 422;
    spk_put(&f->body, data, (size_t)n);
    return true;
}

static bool answered(const spk_program *p, spk_frame *f, int input, const spk_refusal *r)
{
    PyObject *errors = verdict(p, input, r);
    bool invalid = errors != NULL && errors != py._none && put_errors(f, errors);
    spk_decref(errors);
    return invalid;
}

void spk_answer_refusal(const spk_program *p, spk_frame *f, int input, spk_refusal *r)
{
    bool done = false;
    if (r->error != NULL) {
        done = answered(p, f, input, r);
        if (!done) {
            py.Err_SetObject((PyObject *)r->error->type, r->error);
        }
        spk_decref(r->error);
        spk_decref(r->steps);
        spk_decref(r->raw);
    }
    if (!done) {
        spk_answer_exception(p->app, f, NULL);
    } else if (f->body.failed) {
        f->body.failed = false;
        spk_answer_bare(f, "no memory for the answer");
    }
}
