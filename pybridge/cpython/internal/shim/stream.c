//go:build cgo && (linux || darwin) && (amd64 || arm64)

// Answers in parts: what the calls that gave them leave, and one part after the
// other. Those of an asynchronous iterator are sent by a task: see
// _runtime_stream.py.
#include "internal.h"

void spk_keep_stream(spk_app *a, spk_frame *f, PyObject *stream)
{
    PyObject *is_async = py.Object_GetAttrString(stream, "is_async");
    if (is_async == NULL) {
        spk_answer_exception(a, f, NULL);
        return;
    }
    f->streams = is_async == py._true ? SPK_PARTS_ASYNC : SPK_PARTS;
    f->held = spk_newref(stream);
    spk_decref(is_async);
}

// streamed(response, generators) gives the Stream.
static PyObject *streamed(spk_app *a, PyObject *response, PyObject **open, int nopen)
{
    PyObject *args[2] = {response, py.List_New(0)}, *stream = NULL;
    bool ok = args[1] != NULL;
    for (int i = 0; ok && i < nopen; i++) {
        ok = py.List_Append(args[1], open[i]) == 0;
    }
    if (ok) {
        stream = py.Object_VectorcallDict(a->streamed, args, 2, NULL);
    }
    spk_decref(args[1]);
    return stream;
}

PyObject *spk_answer_stream(spk_app *a, spk_frame *f, PyObject *response, PyObject **open,
                            int nopen)
{
    PyObject *stream = streamed(a, response, open, nopen);
    if (stream == NULL) {
        PyObject *exc = spk_take_exception();
        spk_answer_raised(a, f, exc, NULL);
        return exc;
    }
    for (int i = 0; i < nopen; i++) {
        spk_decref(open[i]); // the Stream has them
    }
    spk_keep_stream(a, f, stream);
    spk_decref(stream);
    return NULL;
}

// next_part(stream) gives bytes; or, behind the last part, a str.
static int next_part(spk_app *a, spk_frame *f)
{
    PyObject *part = py.Object_VectorcallDict(a->next_part, &f->held, 1, NULL);
    if (part == NULL) {
        return -1;
    }
    f->body.len = 0;
    int more = -1;
    if (spk_put_bytes(&f->body, part) == 0) {
        more = (py.Type_GetFlags(part->type) & SPK_BYTES_SUBCLASS) != 0;
    }
    spk_decref(part);
    return more;
}

// Left for the end of the Stream, which raises it when the providers have been
// told.
static void keep_failure(spk_frame *f)
{
    PyObject *exc = spk_take_exception();
    if (exc != NULL && py.Object_SetAttrString(f->held, "failure", exc) < 0) {
        py.Err_Clear();
    }
    spk_decref(exc);
}

// The parts are made in the context of the call, but not as asynchronous code:
// the loop is another thread's, and goes on meanwhile.
int spk_stream_next(spk_frame *f)
{
    spk_frame *outer = spk_current;
    spk_enter();
    spk_measure_begin(f);
    spk_frame_set_thread(f, true);
    spk_current = f;
    PyObject *context = py.Object_GetAttrString(f->held, "context");
    bool entered = context != NULL && context != py._none && py.Context_Enter(context) == 0;
    int more = py.Err_Occurred() ? -1 : next_part(f->program->app, f);
    if (more < 0) {
        keep_failure(f);
    }
    if (entered && py.Context_Exit(context) < 0) {
        py.Err_Clear(); // the code left another context entered
    }
    spk_decref(context);
    spk_current = outer;
    spk_frame_set_thread(f, false);
    spk_measure_end(f);
    spk_leave();
    return more;
}
