//go:build cgo && (linux || darwin) && (amd64 || arm64)

// An app: what the C half needs of the runtime's App object.
#include "internal.h"

#include <stdlib.h>

typedef struct {
    const char *name;
    PyObject **slot;
} attribute;

static int read_attributes(const attribute *list, size_t n, PyObject *host)
{
    for (size_t i = 0; i < n; i++) {
        *list[i].slot = py.Object_GetAttrString(host, list[i].name);
        if (*list[i].slot == NULL) {
            return -1;
        }
    }
    return 0;
}

enum { ATTRIBUTES = 26 };

static void attributes_of(spk_app *a, attribute out[ATTRIBUTES])
{
    const attribute list[ATTRIBUTES] = {
        {"context", &a->context},
        {"constructors", &a->constructors},
        {"converters", &a->converters},
        {"proxies", &a->proxies},
        {"kept", &a->kept},
        {"ticket", &a->ticket},
        {"request_type", &a->request_type},
        {"response_type", &a->response_type},
        {"held_type", &a->held_type},
        {"missing", &a->missing},
        {"describe", &a->describe},
        {"refuse", &a->refuse},
        {"parts", &a->parts},
        {"encode_default", &a->encode_default},
        {"execute", &a->execute},
        {"close_held", &a->close_held},
        {"streamed", &a->streamed},
        {"next_part", &a->next_part},
        {"submit", &a->submit},
        {"cancel", &a->cancel},
        {"step", &a->step},
        {"resolve", &a->resolve},
        {"later", &a->later},
        {"begin_later", &a->begin_later},
        {"loop", &a->loop},
        {"ready", &a->ready},
    };
    memcpy(out, list, sizeof list);
}

static void app_free(spk_app *a)
{
    attribute list[ATTRIBUTES];
    attributes_of(a, list);
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        spk_decref(*list[i].slot);
    }
    spk_decref(a->host);
    spk_shapes_free(a);
    spk_classes_free(a);
    spk_keys_free(a);
    free(a->done);
    free(a->no_program);
    free(a);
}

void spk_app_unref(spk_app *a)
{
    if (--a->users == 0) {
        app_free(a);
    }
}

// load(id, address, request) gives (app, manifest).
static PyObject *load(spk_app *a, const char *request, size_t n)
{
    PyObject *module = py.Import_ImportModule("spikard._runtime");
    PyObject *function = module == NULL ? NULL : py.Object_GetAttrString(module, "load");
    PyObject *args[3] = {py.Long_FromLongLong((long long)a->id), py.Long_FromVoidPtr(a),
                         py.Unicode_FromStringAndSize(request, (Py_ssize_t)n)};
    PyObject *pair = NULL;
    if (function != NULL && args[0] != NULL && args[1] != NULL && args[2] != NULL) {
        pair = py.Object_VectorcallDict(function, args, 3, NULL);
    }
    spk_decref(args[0]);
    spk_decref(args[1]);
    spk_decref(args[2]);
    spk_decref(function);
    spk_decref(module);
    return pair;
}

static int read_app(spk_app *a, PyObject *pair, spk_frame *f)
{
    Py_ssize_t n;
    attribute list[ATTRIBUTES];
    attributes_of(a, list);
    a->host = spk_newref(py.Tuple_GetItem(pair, 0));
    if (read_attributes(list, ATTRIBUTES, a->host) < 0 ||
        spk_classes_read(a, a->constructors) < 0) {
        return -1;
    }
    if (a->loop == py._none) {
        spk_decref(a->loop);
        a->loop = NULL;
    }
    const char *manifest = py.Unicode_AsUTF8AndSize(py.Tuple_GetItem(pair, 1), &n);
    if (manifest == NULL) {
        return -1;
    }
    spk_put(&f->body, manifest, (size_t)n);
    return 0;
}

// An exception of load() itself is described by the runtime's function, as
// there is no app yet.
static void answer_load_failure(spk_frame *f)
{
    PyObject *type, *exc, *traceback;
    py.Err_Fetch(&type, &exc, &traceback);
    spk_app bare = {0};
    PyObject *module = py.Import_ImportModule("spikard._runtime_errors");
    bare.describe = module == NULL ? NULL : py.Object_GetAttrString(module, "describe");
    spk_decref(module);
    py.Err_Clear();
    py.Err_Restore(type, exc, traceback);
    spk_answer_exception(&bare, f, NULL);
    spk_decref(bare.describe);
}

spk_app *spk_app_load(uintptr_t id, const char *request, size_t n, spk_frame *f)
{
    spk_app *a = calloc(1, sizeof *a);
    spk_program *none = calloc(1, sizeof *none);
    if (a == NULL || none == NULL) {
        free(a);
        free(none);
        return NULL;
    }
    none->app = a;
    a->no_program = none;
    a->id = id;
    a->users = 1;
    spk_enter();
    PyObject *pair = load(a, request, n);
    if (pair == NULL || read_app(a, pair, f) < 0) {
        answer_load_failure(f);
        app_free(a);
        a = NULL;
    }
    spk_decref(pair);
    spk_leave();
    return a;
}

size_t spk_app_free(spk_app *a)
{
    spk_enter();
    size_t left = spk_objects_end(a);
    PyObject *close = py.Object_GetAttrString(a->host, "close");
    PyObject *result = close == NULL ? NULL : py.Object_VectorcallDict(close, NULL, 0, NULL);
    if (result == NULL) {
        py.Err_Clear();
    }
    spk_decref(result);
    spk_decref(close);
    a->closed = true;
    spk_app_unref(a);
    spk_leave();
    return left;
}

// Calls a method of the runtime's App with a number, for a number.
static int64_t call_host(spk_app *a, const char *name, int given, spk_frame *f)
{
    spk_enter();
    int64_t out = -1;
    PyObject *method = py.Object_GetAttrString(a->host, name);
    PyObject *arg = py.Long_FromLongLong(given), *number = NULL;
    if (method != NULL && arg != NULL) {
        number = py.Object_VectorcallDict(method, &arg, 1, NULL);
    }
    if (number == NULL) {
        spk_answer_exception(a, f, NULL);
    } else {
        out = py.Long_AsLongLong(number);
    }
    spk_decref(number);
    spk_decref(arg);
    spk_decref(method);
    spk_leave();
    return out;
}

int64_t spk_app_export(spk_app *a, int class_index, spk_frame *f)
{
    return call_host(a, "export", class_index, f);
}

int64_t spk_app_keep(spk_app *a, int export, spk_frame *f)
{
    return call_host(a, "keep", export, f);
}

bool spk_app_has_loop(const spk_app *a) { return a->loop != NULL; }
