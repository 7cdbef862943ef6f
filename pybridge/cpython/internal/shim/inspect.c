//go:build cgo && (linux || darwin) && (amd64 || arm64)

// What the interpreter is doing, for whoever looks from outside.
#include "internal.h"

#include <pthread.h>

bool spk_inspect(spk_frame *f)
{
    spk_enter();
    PyObject *module = py.Import_ImportModule("spikard._runtime_inspect");
    PyObject *function = module == NULL ? NULL : py.Object_GetAttrString(module, "inspect");
    PyObject *text = function == NULL ? NULL : py.Object_VectorcallDict(function, NULL, 0, NULL);
    Py_ssize_t n;
    const char *data = text == NULL ? NULL : py.Unicode_AsUTF8AndSize(text, &n);
    if (data != NULL) {
        spk_put(&f->body, data, (size_t)n);
    }
    py.Err_Clear();
    spk_decref(text);
    spk_decref(function);
    spk_decref(module);
    spk_leave();
    return data != NULL;
}

// The two below are read while others write them: old or new, but not torn.

size_t spk_objects_held(const spk_app *a)
{
    return __atomic_load_n(&a->objects.held, __ATOMIC_RELAXED);
}

uint64_t spk_frame_thread(const spk_frame *f)
{
    return __atomic_load_n(&f->thread, __ATOMIC_RELAXED);
}

void spk_frame_set_thread(spk_frame *f, bool inside)
{
    // As threading.get_ident() does.
    uint64_t self = inside ? (uint64_t)(uintptr_t)pthread_self() : 0;
    __atomic_store_n(&f->thread, self, __ATOMIC_RELAXED);
}
