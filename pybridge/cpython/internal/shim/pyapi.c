//go:build cgo && (linux || darwin) && (amd64 || arm64)

#include "pyapi.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>

struct spk_api py;

void spk_fail(spk_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
}

// A cast between a data and a function pointer is what POSIX' dlsym asks for.
static int load_function(void *lib, const char *name, void *slot, spk_error *err)
{
    void *symbol = dlsym(lib, name);
    if (symbol == NULL) {
        spk_fail(err, "the library has no symbol %s", name);
        return -1;
    }
    *(void **)slot = symbol;
    return 0;
}

static int load_exception(void *lib, const char *name, PyObject **slot, spk_error *err)
{
    PyObject **variable = NULL;
    if (load_function(lib, name, &variable, err) < 0) {
        return -1;
    }
    // The variable is set when the interpreter starts: keep its address until
    // then.
    *slot = (PyObject *)variable;
    return 0;
}

int spk_load(const char *path, spk_error *err)
{
    // RTLD_GLOBAL: extension modules expect the interpreter's symbols in the
    // global scope, as the python program has them.
    void *lib = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (lib == NULL) {
        spk_fail(err, "%s", dlerror());
        return -1;
    }
#define X(result, name, params)                                                                    \
    if (load_function(lib, "Py" #name, &py.name, err) < 0) {                                       \
        return -1;                                                                                 \
    }
    SPK_FUNCTIONS(X)
#undef X
#define X(name, symbol)                                                                            \
    if (load_function(lib, symbol, &py.name, err) < 0) {                                           \
        return -1;                                                                                 \
    }
    SPK_OBJECTS(X)
#undef X
#define X(name)                                                                                    \
    if (load_exception(lib, "PyExc_" #name, &py.name, err) < 0) {                                  \
        return -1;                                                                                 \
    }
    SPK_EXCEPTIONS(X)
#undef X
    return 0;
}
