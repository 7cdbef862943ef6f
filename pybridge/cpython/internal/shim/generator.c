//go:build cgo && (linux || darwin) && (amd64 || arm64)

// Providers that yield: the value, and the clean-up behind it, as in
// _generators.py.
#include "internal.h"

static struct {
    PyObject *anext, *throw, *athrow, *close, *aclose;
} names;

int spk_generator_init(void)
{
    if (names.aclose != NULL) {
        return 0;
    }
    names.anext = py.Unicode_InternFromString("__anext__");
    names.throw = py.Unicode_InternFromString("throw");
    names.athrow = py.Unicode_InternFromString("athrow");
    names.close = py.Unicode_InternFromString("close");
    names.aclose = py.Unicode_InternFromString("aclose");
    return py.Err_Occurred() ? -1 : 0;
}

// Calls a method, and runs what it gives if the generator is asynchronous.
static PyObject *call(PyObject *generator, bool async, PyObject *name, PyObject *arg)
{
    PyObject *args[] = {generator, arg};
    PyObject *out = py.Object_VectorcallMethod(name, args, arg == NULL ? 1 : 2, NULL);
    return out != NULL && async ? spk_run_inline(out) : out;
}

// Takes a generator to its next yield, with failure thrown in unless it is
// NULL: SPK_GEN_NEXT and what it yields, SPK_GEN_RETURN at its end, or
// SPK_GEN_ERROR with an exception.
static int advance(PyObject *generator, bool async, PyObject *failure, PyObject **value)
{
    if (failure == NULL && !async) {
        int state = py.Iter_Send(generator, py._none, value);
        if (state == SPK_GEN_RETURN) {
            spk_decref(*value);
        }
        return state;
    }
    PyObject *name = failure == NULL ? names.anext : async ? names.athrow : names.throw;
    *value = call(generator, async, name, failure);
    if (*value != NULL) {
        return SPK_GEN_NEXT;
    }
    if (!py.Err_ExceptionMatches(async ? py.StopAsyncIteration : py.StopIteration)) {
        return SPK_GEN_ERROR;
    }
    py.Err_Clear();
    return SPK_GEN_RETURN;
}

static void complain(PyObject *generator, const char *what)
{
    PyObject *name = py.Object_GetAttrString(generator, "__qualname__");
    if (name != NULL) {
        (void)py.Err_Format(py.RuntimeError, "provider %S %s", name, what);
    }
    spk_decref(name);
}

PyObject *spk_generator_begin(PyObject *generator, bool async)
{
    PyObject *value;
    int state = advance(generator, async, NULL, &value);
    if (state == SPK_GEN_RETURN) {
        complain(generator, "ended without a yield");
    }
    return state == SPK_GEN_NEXT ? value : NULL;
}

static int end(PyObject *generator, bool async, PyObject *failure)
{
    PyObject *value;
    int state = advance(generator, async, failure, &value);
    if (state != SPK_GEN_NEXT) {
        return state == SPK_GEN_RETURN ? 0 : -1;
    }
    spk_decref(value);
    PyObject *closed = call(generator, async, async ? names.aclose : names.close, NULL);
    if (closed != NULL) {
        complain(generator, "yielded more than once");
    }
    spk_decref(closed);
    return -1;
}

PyObject *spk_generator_end(PyObject *generator, bool async, PyObject *failure)
{
    if (end(generator, async, failure) == 0) {
        return failure;
    }
    // Often the failure itself, which the generator has let pass.
    PyObject *exc = spk_take_exception();
    spk_decref(failure);
    return exc;
}
