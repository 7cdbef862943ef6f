//go:build cgo && (linux || darwin) && (amd64 || arm64)

// What goes on beside requests: the runtime's Background runs it, Go counts it.
#include "internal.h"

// Exported by background.go. It does not block and is called with the GIL.
extern void spikardGoBackground(uintptr_t app, int kind, int event);

PyObject *spk_background(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *event = py.Tuple_GetItem(args, 2);
    if (event == NULL) {
        return NULL;
    }
    uintptr_t app = (uintptr_t)py.Long_AsLongLong(py.Tuple_GetItem(args, 0));
    int kind = (int)py.Long_AsLongLong(py.Tuple_GetItem(args, 1));
    spikardGoBackground(app, kind, (int)py.Long_AsLongLong(event));
    return spk_newref(py._none);
}

int spk_put_later(spk_app *a, spk_frame *f, PyObject *work)
{
    if (work == NULL || work == py._none) {
        return work == NULL ? -1 : 0;
    }
    PyObject *job = py.Object_VectorcallDict(a->later, &work, 1, NULL);
    spk_decref(f->later);
    f->later = job;
    return job == NULL ? -1 : 0;
}

void spk_later_end(spk_frame *f, bool begin)
{
    PyObject *job = f->later, *result = NULL;
    spk_frame *outer = spk_current;
    spk_enter();
    spk_current = f;
    f->later = NULL;
    if (begin) {
        result = py.Object_VectorcallDict(f->program->app->begin_later, &job, 1, NULL);
        if (result == NULL) {
            py.Err_Clear(); // no memory: begin_later logs the rest by itself
        }
    }
    spk_decref(result);
    spk_decref(job);
    spk_current = outer;
    spk_leave();
}

bool spk_app_drain(spk_app *a, bool cancel, spk_frame *f)
{
    spk_enter();
    Py_ssize_t n;
    PyObject *drain = py.Object_GetAttrString(a->host, "drain");
    PyObject *arg = cancel ? py._true : py._false, *names = NULL;
    if (drain != NULL) {
        names = py.Object_VectorcallDict(drain, &arg, 1, NULL);
    }
    const char *text = names == NULL ? NULL : py.Unicode_AsUTF8AndSize(names, &n);
    if (text == NULL) {
        spk_answer_exception(a, f, NULL);
    } else {
        spk_put(&f->body, text, (size_t)n);
    }
    spk_decref(names);
    spk_decref(drain);
    spk_leave();
    return text != NULL;
}
