//go:build cgo && (linux || darwin) && (amd64 || arm64)

// Python objects that Go holds. Go knows them by numbers, which are looked up
// with the GIL held: one that was given back, or that never was, is found out
// and its memory is not touched.
#include "internal.h"

#include <stdlib.h>

// A free slot has no object. Slots are linked by their index plus one; 0 is none.
struct spk_lent {
    PyObject *object;
    uint32_t generation; // of the number that has this slot now, or will have it
    uint32_t next;       // free slot, if this one is free
};

static bool grow(spk_objects *o)
{
    uint32_t cap = o->cap == 0 ? 16 : 2 * o->cap;
    struct spk_lent *slots = cap > o->cap ? realloc(o->slots, cap * sizeof *slots) : NULL;
    if (slots == NULL) {
        py.Err_SetString(py.MemoryError, "no memory for an object that Go holds");
        return false;
    }
    for (uint32_t i = cap; i-- > o->cap;) {
        slots[i] = (struct spk_lent){.generation = 1, .next = o->free};
        o->free = i + 1;
    }
    o->slots = slots;
    o->cap = cap;
    return true;
}

uint64_t spk_object_lend(spk_app *a, PyObject *object)
{
    spk_objects *o = &a->objects;
    if (o->free == 0 && !grow(o)) {
        return 0;
    }
    uint32_t index = o->free - 1;
    struct spk_lent *slot = &o->slots[index];
    o->free = slot->next;
    o->held++;
    slot->object = spk_newref(object);
    return (uint64_t)slot->generation << 32 | index;
}

static struct spk_lent *slot_of(spk_app *a, uint64_t handle)
{
    uint32_t index = (uint32_t)handle;
    struct spk_lent *slot = index < a->objects.cap ? &a->objects.slots[index] : NULL;
    bool current = slot != NULL && slot->object != NULL && slot->generation == handle >> 32;
    return current ? slot : NULL;
}

PyObject *spk_object_of(spk_app *a, uint64_t handle)
{
    struct spk_lent *slot = slot_of(a, handle);
    if (slot == NULL) {
        py.Err_SetString(py.RuntimeError, "a python object was used in Go after it was released: "
                                          "keep it, or use it before its call ends");
        return NULL;
    }
    return slot->object;
}

void spk_object_return(spk_app *a, uint64_t handle)
{
    struct spk_lent *slot = slot_of(a, handle);
    if (slot == NULL) {
        return;
    }
    PyObject *object = slot->object;
    slot->object = NULL;
    slot->generation += slot->generation == UINT32_MAX ? 2 : 1; // 0 is no number's
    slot->next = a->objects.free;
    a->objects.free = (uint32_t)handle + 1;
    a->objects.held--;
    spk_decref(object); // last: what it runs may lend and return
}

size_t spk_objects_end(spk_app *a)
{
    spk_objects *o = &a->objects;
    size_t left = o->held;
    for (uint32_t i = 0; i < o->cap; i++) {
        spk_object_return(a, (uint64_t)o->slots[i].generation << 32 | i);
    }
    free(o->slots);
    *o = (spk_objects){0};
    return left;
}

void spk_held_begin(spk_app *a, spk_frame *f)
{
    bool streams = f->streams != 0; // then meta is the head of the answer
    for (size_t i = 0; !streams && i + sizeof(uint64_t) <= f->meta.len; i += sizeof(uint64_t)) {
        uint64_t handle;
        memcpy(&handle, f->meta.data + i, sizeof handle);
        spk_object_return(a, handle);
    }
    f->body.len = f->meta.len = 0;
    f->outcome = streams ? SPK_STREAMED : SPK_ANSWERED;
}

PyObject *spk_held_failure_new(spk_frame *f)
{
    uintptr_t failure = f->failure;
    f->failure = 0;
    return failure == 0 ? spk_newref(py._none) : spk_go_error(f->in.data, f->in.len, failure);
}

void spk_held_context(spk_frame *f, PyObject *context)
{
    if (f->held != NULL && py.Object_SetAttrString(f->held, "context", context) < 0) {
        py.Err_Clear(); // no memory: a new context will have to do
    }
}

// Enters the context that held was made in, or a new one where that is unknown or
// in use. NULL: the frame has the exception.
static PyObject *enter_held(spk_frame *f, PyObject *held)
{
    PyObject *context = py.Object_GetAttrString(held, "context");
    if (context != NULL && context != py._none &&
        spk_context_enter_again(f->program, context) == 0) {
        return context;
    }
    py.Err_Clear();
    spk_decref(context);
    return spk_context_enter(f->program, f);
}

void spk_held_close(spk_frame *f)
{
    spk_app *a = f->program->app;
    PyObject *args[2] = {f->held, NULL}, *coroutine = NULL, *result = NULL;
    spk_frame *outer = spk_current;
    spk_enter();
    spk_current = f;
    f->held = NULL;
    spk_held_begin(a, f);
    args[1] = spk_held_failure_new(f);
    PyObject *context = enter_held(f, args[0]);
    if (context != NULL) {
        coroutine = args[1] == NULL ? NULL : py.Object_VectorcallDict(a->close_held, args, 2, NULL);
        result = coroutine == NULL ? NULL : spk_run_inline(coroutine);
        if (result == NULL) {
            spk_answer_exception(a, f, NULL);
        }
        spk_context_leave(f->program, f, context);
    }
    spk_decref(result);
    spk_decref(args[1]);
    spk_decref(args[0]);
    spk_current = outer;
    spk_leave();
}

// Enters and runs one of the functions below with the object, which it holds
// meanwhile, and a context of the call's own. They leave the answer or an
// exception in the frame. False: the number is nobody's.
static bool with_object(spk_app *a, spk_frame *f, uint64_t handle,
                        void (*run)(spk_app *, spk_frame *, PyObject *, const void *),
                        const void *with)
{
    spk_frame *outer = spk_current;
    spk_enter();
    struct spk_lent *slot = slot_of(a, handle);
    PyObject *object = slot == NULL ? NULL : spk_newref(slot->object);
    if (object != NULL) {
        spk_current = f;
        f->program = a->no_program;
        PyObject *context = spk_context_enter(f->program, f);
        if (context != NULL) {
            run(a, f, object, with);
            spk_context_leave(f->program, f, context);
        }
        spk_decref(object);
        spk_current = outer;
    }
    spk_leave();
    return object != NULL;
}

static void json(spk_app *a, spk_frame *f, PyObject *object, const void *unused)
{
    (void)unused;
    spk_path path;
    if (spk_encode(a, object, &f->body, &path) < 0) {
        spk_answer_exception(a, f, &path);
    }
}

bool spk_object_json(spk_app *a, uint64_t object, spk_frame *f)
{
    return with_object(a, f, object, json, NULL);
}

static void key(spk_app *a, spk_frame *f, PyObject *object, const void *unused)
{
    (void)unused;
    PyObject *function = py.Object_GetAttrString(a->host, "key_of");
    PyObject *out = function == NULL ? NULL : py.Object_VectorcallDict(function, &object, 1, NULL);
    Py_ssize_t n;
    const char *data = out == NULL ? NULL : py.Unicode_AsUTF8AndSize(out, &n);
    if (data == NULL) {
        spk_answer_exception(a, f, NULL);
    } else {
        spk_put(&f->body, data, (size_t)n);
    }
    spk_decref(out);
    spk_decref(function);
}

bool spk_object_key(spk_app *a, uint64_t object, spk_frame *f)
{
    return with_object(a, f, object, key, NULL);
}

void spk_answer_object(spk_app *a, spk_frame *f, PyObject *object)
{
    if (object == a->missing) { // an iteration's end
        f->outcome = SPK_ANSWERED;
        return;
    }
    uint64_t handle = object == NULL ? 0 : spk_object_lend(a, object);
    if (handle == 0) {
        spk_answer_exception(a, f, NULL);
        return;
    }
    f->outcome = SPK_VALUES;
    spk_put(&f->meta, (const char *)&handle, sizeof handle);
}

static void keep(spk_app *a, spk_frame *f, PyObject *object, const void *unused)
{
    (void)unused;
    spk_answer_object(a, f, object);
}

bool spk_object_keep(spk_app *a, uint64_t object, spk_frame *f)
{
    return with_object(a, f, object, keep, NULL);
}

typedef struct {
    const char *data;
    size_t n;
} text;

static PyObject *str_of(text t) { return py.Unicode_FromStringAndSize(t.data, (Py_ssize_t)t.n); }

static void attribute(spk_app *a, spk_frame *f, PyObject *object, const void *with)
{
    PyObject *name = str_of(*(const text *)with);
    PyObject *value = name == NULL ? NULL : py.Object_GetAttr(object, name);
    spk_answer_object(a, f, value);
    spk_decref(value);
    spk_decref(name);
}

bool spk_object_attr(spk_app *a, uint64_t object, const char *name, size_t n, spk_frame *f)
{
    text with = {name, n};
    return with_object(a, f, object, attribute, &with);
}

typedef struct {
    text method;
    const uint8_t *args;
    size_t size;
} method_call;

// call_method(object, name, arguments) gives what put_work takes.
static PyObject *call_method(spk_app *a, PyObject *object, const method_call *c)
{
    const uint8_t *at = c->args;
    PyObject *function = py.Object_GetAttrString(a->host, "call_method");
    PyObject *args[3] = {object, str_of(c->method), spk_decode(a, &at, at + c->size, NULL)};
    PyObject *pair = NULL;
    if (function != NULL && args[1] != NULL && args[2] != NULL) {
        pair = py.Object_VectorcallDict(function, args, 3, NULL);
    }
    spk_decref(args[2]);
    spk_decref(args[1]);
    spk_decref(function);
    return pair;
}

// The answer of a pair (value, whether it is work that has to run on the loop);
// takes over the reference. NULL: the exception that is set is the answer.
static void put_work(spk_app *a, spk_frame *f, PyObject *pair)
{
    if (pair == NULL) {
        spk_answer_exception(a, f, NULL);
    } else if (py.Tuple_GetItem(pair, 1) == py._true) {
        f->held = spk_newref(py.Tuple_GetItem(pair, 0));
    } else {
        spk_answer_object(a, f, py.Tuple_GetItem(pair, 0));
    }
    spk_decref(pair);
}

static void call(spk_app *a, spk_frame *f, PyObject *object, const void *with)
{
    put_work(a, f, call_method(a, object, with));
}

bool spk_object_call(spk_app *a, uint64_t object, const char *method, size_t n, const uint8_t *args,
                     size_t size, spk_frame *f)
{
    method_call with = {{method, n}, args, size};
    return with_object(a, f, object, call, &with);
}

// The item of the step before is taken back.
static void apply(spk_app *a, spk_frame *f, PyObject *object, const void *name)
{
    if (f->outcome == SPK_VALUES) {
        spk_held_begin(a, f);
    }
    f->body.len = f->meta.len = 0;
    PyObject *function = py.Object_GetAttrString(a->host, name);
    PyObject *pair = NULL;
    if (function != NULL) {
        pair = py.Object_VectorcallDict(function, &object, 1, NULL);
    }
    put_work(a, f, pair);
    spk_decref(function);
}

bool spk_object_apply(spk_app *a, uint64_t object, spk_work work, spk_frame *f)
{
    static const char *const names[] = {"awaited", "iteration", "next_item", "end_iteration"};
    return with_object(a, f, object, apply, names[work]);
}

void spk_object_release(spk_app *a, uint64_t object, spk_frame *f)
{
    spk_frame *outer = spk_current;
    spk_enter();
    spk_current = f;
    spk_object_return(a, object);
    spk_current = outer;
    spk_leave();
}

void spk_object_forget(spk_frame *f)
{
    spk_enter();
    PyObject *close = py.Object_GetAttrString(f->held, "close");
    PyObject *result = close == NULL ? NULL : py.Object_VectorcallDict(close, NULL, 0, NULL);
    if (result == NULL) {
        py.Err_Clear();
    }
    spk_decref(result);
    spk_decref(close);
    spk_decref(f->held);
    f->held = NULL;
    spk_leave();
}

PyObject *spk_object_pointer(spk_app *a, uint64_t handle)
{
    struct spk_lent *slot = slot_of(a, handle);
    return slot == NULL ? NULL : spk_newref(slot->object);
}

uint64_t spk_object_lend_quietly(spk_app *a, PyObject *object)
{
    uint64_t handle = spk_object_lend(a, object);
    if (handle == 0) {
        py.Err_Clear();
    }
    return handle;
}
