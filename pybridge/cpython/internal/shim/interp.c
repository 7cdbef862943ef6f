//go:build cgo && (linux || darwin) && (amd64 || arm64)

// The interpreter's start, and the way of an OS thread into it and out.
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include "dump.h"
#include "internal.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

_Thread_local spk_frame *spk_current;

// This OS thread's thread state. It is made at the thread's first entry and
// kept until the thread ends: making one each time costs 9.7 µs against 0.55
// µs with a kept one, and since 3.14 a state may not move to another thread
// (gh-139653).
static _Thread_local PyThreadState *own_state;

// Its destructor ends a thread's state with the thread. It is made before the
// interpreter makes its own keys (spk_early): glibc clears keys in the order in which
// they were made.
static pthread_key_t exit_key;
static bool has_exit_key;

static PyObject *set_running_loop; // asyncio.events._set_running_loop, or NULL

static void end_thread_state(void *state)
{
    py.Eval_RestoreThread(state);
    py.ThreadState_Clear(state);
    py.ThreadState_DeleteCurrent();
}

bool spk_exit_key_init(void)
{
    has_exit_key = pthread_key_create(&exit_key, end_thread_state) == 0;
    return has_exit_key;
}

void spk_enter(void)
{
    if (own_state != NULL) {
        py.Eval_RestoreThread(own_state);
        return;
    }
    // Go code that a thread of Python's has called comes here with the state
    // that Python has made for it, and will end.
    PyThreadState *lent = py.GILState_GetThisThreadState();
    if (lent != NULL) {
        py.Eval_RestoreThread(lent);
        return;
    }
    // Never released: the count stays at one, so that code which itself uses
    // PyGILState finds this state and does not end it.
    py.GILState_Ensure();
    own_state = py.ThreadState_Get();
    pthread_setspecific(exit_key, own_state);
}

void spk_leave(void) { py.Eval_SaveThread(); }

bool spk_holds(void) { return py.GILState_Check() != 0; }

bool spk_hold(bool take)
{
    if (take) {
        spk_enter();
    } else {
        spk_leave();
    }
    return take;
}

bool spk_entered(void) { return own_state != NULL; }

static int set_flag(const char *name, int value, spk_error *err)
{
    int *flag = dlsym(RTLD_DEFAULT, name);
    if (flag == NULL) {
        spk_fail(err, "the library has no symbol %s", name);
        return -1;
    }
    *flag = value;
    return 0;
}

// Py_SetProgramName and Py_InitializeEx rather than PyConfig: its layout
// differs between versions, and these exist from 3.10 to 3.14.
static int configure(const spk_config *config, spk_error *err)
{
    if (config->utf8_mode && set_flag("Py_UTF8Mode", 1, err) < 0) {
        return -1;
    }
    const char *texts[] = {config->program, config->home};
    void (*const setters[])(const wchar_t *) = {py._SetProgramName, py._SetPythonHome};
    for (int i = 0; i < 2; i++) {
        if (texts[i] == NULL) {
            continue;
        }
        // CPython keeps the pointer: the text is never freed.
        wchar_t *wide = py._DecodeLocale(texts[i], NULL);
        if (wide == NULL) {
            spk_fail(err, "path %s can't be decoded in this locale", texts[i]);
            return -1;
        }
        setters[i](wide);
    }
    return 0;
}

static int check_build(const spk_config *config, spk_error *err)
{
    int major = 0, minor = 0;
    const char *version = py._GetVersion();
    if (sscanf(version, "%d.%d", &major, &minor) != 2 || major != config->major ||
        minor != config->minor) {
        spk_fail(err, "%s is version %.40s, not %d.%d", config->library, version, config->major,
                 config->minor);
        return -1;
    }
    if (strstr(version, "free-threading") != NULL) {
        spk_fail(err, "%s is a free-threaded build", config->library);
        return -1;
    }
    return 0;
}

// The exception classes exist from the start of the interpreter on.
static void resolve_exceptions(void)
{
#define X(name) py.name = *(PyObject **)py.name;
    SPK_EXCEPTIONS(X)
#undef X
}

// PYTHONFAULTHANDLER has the interpreter take the handlers of crashes and this
// thread's signal stack: they are taken back.
static void initialize(void)
{
    stack_t stack;
    bool has_stack = sigaltstack(NULL, &stack) == 0;
    spk_crash_note();    // again: the program may have put handlers before Go's since
    py._InitializeEx(0); // 0: signals stay Go's
    if (has_stack) {
        sigaltstack(&stack, NULL);
    }
    own_state = py.ThreadState_Get();
    pthread_setspecific(exit_key, own_state);
}

// Takes an interpreter that the program has started. Its thread's state stays the
// program's.
static void attach(void)
{
    spk_enter();
    spk_signals_give_back();
}

int spk_start(const spk_config *config, spk_error *err)
{
    if (!has_exit_key) {
        spk_fail(err, "no thread-specific storage is left");
        return -1;
    }
    if (spk_load(config->library, err) < 0 || check_build(config, err) < 0) {
        return -1;
    }
    if (!py._IsInitialized()) {
        if (configure(config, err) < 0) {
            return -1;
        }
        initialize();
    } else if (config->linked) {
        attach();
    } else {
        spk_fail(err, "somebody else has started an interpreter in this process");
        return -1;
    }
    resolve_exceptions();
    int failed = 0;
    if (!spk_layout_check()) {
        spk_fail(err, "objects have another layout than expected (a debug build?)");
        failed = -1;
    } else if (spk_module_init() < 0) {
        py.Err_Clear();
        spk_fail(err, "the module _spikard could not be made");
        failed = -1;
    }
    spk_dump_prepare();
    spk_crash_install(config->go_low, config->go_high);
    spk_leave();
    return failed;
}

// The text of the exception that is set, for a caller without a frame.
static void exception_text(spk_error *err)
{
    PyObject *type, *exc, *traceback;
    py.Err_Fetch(&type, &exc, &traceback);
    py.Err_NormalizeException(&type, &exc, &traceback);
    PyObject *text = exc == NULL ? NULL : py.Object_Str(exc);
    Py_ssize_t n;
    const char *data = text == NULL ? NULL : py.Unicode_AsUTF8AndSize(text, &n);
    spk_fail(err, "%.1000s", data == NULL ? "an exception without a text" : data);
    py.Err_Clear();
    spk_decref(text);
    spk_decref(type);
    spk_decref(exc);
    spk_decref(traceback);
}

int spk_exec(const char *source, const char *name, spk_error *err)
{
    enum { FILE_INPUT = 257 }; // Py_file_input
    spk_enter();
    PyObject *code = py._CompileString(source, name, FILE_INPUT), *result = NULL;
    PyObject *globals = code == NULL ? NULL : py.Dict_New();
    if (globals != NULL &&
        py.Dict_SetItemString(globals, "__builtins__", py.Eval_GetBuiltins()) == 0) {
        result = py.Eval_EvalCode(code, globals, globals);
    }
    int failed = result == NULL ? -1 : 0;
    if (failed) {
        exception_text(err);
    }
    spk_decref(result);
    spk_decref(globals);
    spk_decref(code);
    spk_leave();
    return failed;
}

int spk_set_running_loop(PyObject *loop)
{
    if (set_running_loop == NULL) {
        PyObject *events = py.Import_ImportModule("asyncio.events");
        if (events != NULL) {
            set_running_loop = py.Object_GetAttrString(events, "_set_running_loop");
        }
        spk_decref(events);
        if (set_running_loop == NULL) {
            return -1;
        }
    }
    PyObject *arg = loop == NULL ? py._none : loop;
    PyObject *result = py.Object_VectorcallDict(set_running_loop, &arg, 1, NULL);
    spk_decref(result);
    return result == NULL ? -1 : 0;
}

PyObject *spk_run_inline(PyObject *coroutine)
{
    PyObject *result = NULL;
    int state = py.Iter_Send(coroutine, py._none, &result);
    spk_decref(coroutine);
    if (state == SPK_GEN_NEXT) {
        spk_decref(result);
        py.Err_SetString(py.SystemError, "a coroutine without a suspension point suspended");
        return NULL;
    }
    return result;
}
