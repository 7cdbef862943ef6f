//go:build cgo && (linux || darwin) && (amd64 || arm64)

// Python objects that Go holds.
#include "internal.h"

void spk_held_close(spk_frame *f)
{
    spk_app *a = f->program->app;
    PyObject *held = f->held, *coroutine = NULL, *result = NULL;
    spk_frame *outer = spk_current;
    spk_enter();
    spk_current = f;
    f->held = NULL;
    f->body.len = f->meta.len = 0;
    f->outcome = SPK_ANSWERED;
    PyObject *context = spk_context_enter(f->program, f);
    if (context != NULL) {
        coroutine = py.Object_VectorcallDict(a->close_held, &held, 1, NULL);
        result = coroutine == NULL ? NULL : spk_run_inline(coroutine);
        if (result == NULL) {
            spk_answer_exception(a, f, NULL);
        }
        spk_context_leave(f->program, f, context);
    }
    spk_decref(result);
    spk_decref(held);
    spk_current = outer;
    spk_leave();
}

void spk_object_json(spk_app *a, uint64_t object, spk_frame *f)
{
    spk_path path;
    spk_enter();
    if (spk_encode(a, (PyObject *)(uintptr_t)object, &f->body, &path) < 0) {
        spk_answer_exception(a, f, &path);
    }
    spk_leave();
}

void spk_object_key(spk_app *a, uint64_t object, spk_frame *f)
{
    spk_enter();
    PyObject *function = py.Object_GetAttrString(a->host, "key_of");
    PyObject *arg = (PyObject *)(uintptr_t)object;
    PyObject *key = function == NULL ? NULL : py.Object_VectorcallDict(function, &arg, 1, NULL);
    Py_ssize_t n;
    const char *text = key == NULL ? NULL : py.Unicode_AsUTF8AndSize(key, &n);
    if (text == NULL) {
        spk_answer_exception(a, f, NULL);
    } else {
        spk_put(&f->body, text, (size_t)n);
    }
    spk_decref(key);
    spk_decref(function);
    spk_leave();
}
