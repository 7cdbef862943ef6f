// The part of CPython's C API that the shim uses, as a table of pointers that
// is filled by dlsym when libpython is opened. No Python header is needed to
// build, and one binary runs on every CPython from 3.10 to 3.14.
#ifndef SPK_PYAPI_H
#define SPK_PYAPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <wchar.h>

typedef ssize_t Py_ssize_t;
typedef ssize_t Py_hash_t;
typedef struct spk_typeobject PyTypeObject;
typedef struct spk_threadstate PyThreadState;

// The head of every object in a build with the GIL, 3.10 to 3.14: a 64-bit
// reference count and the type. spk_layout_check tries it.
typedef struct spk_object {
    int64_t refcount;
    PyTypeObject *type;
} PyObject;

typedef PyObject *(*PyCFunction)(PyObject *self, PyObject *args);

// Part of the stable ABI since 3.2.
typedef struct {
    const char *name;
    PyCFunction function;
    int flags;
    const char *doc;
} PyMethodDef;

#define SPK_METH_VARARGS 0x0001
#define SPK_METH_NOARGS 0x0004

// Bits of PyType_GetFlags that tell subclasses of the builtin types apart.
#define SPK_LONG_SUBCLASS (1UL << 24)
#define SPK_LIST_SUBCLASS (1UL << 25)
#define SPK_TUPLE_SUBCLASS (1UL << 26)
#define SPK_BYTES_SUBCLASS (1UL << 27)
#define SPK_UNICODE_SUBCLASS (1UL << 28)
#define SPK_DICT_SUBCLASS (1UL << 29)

#define SPK_VECTORCALL_OFFSET ((size_t)1 << (8 * sizeof(size_t) - 1))

enum { SPK_EQ = 2 }; // Py_EQ

// What PyIter_Send returns.
enum { SPK_GEN_RETURN = 0, SPK_GEN_ERROR = -1, SPK_GEN_NEXT = 1 };

// X(result, name without "Py", parameters)
#define SPK_FUNCTIONS(X)                                                                           \
    X(void, _InitializeEx, (int))                                                                  \
    X(int, _IsInitialized, (void))                                                                 \
    X(void, _SetProgramName, (const wchar_t *))                                                    \
    X(void, _SetPythonHome, (const wchar_t *))                                                     \
    X(wchar_t *, _DecodeLocale, (const char *, size_t *))                                          \
    X(const char *, _GetVersion, (void))                                                           \
    X(void, _IncRef, (PyObject *))                                                                 \
    X(void, _DecRef, (PyObject *))                                                                 \
    X(PyThreadState *, Eval_SaveThread, (void))                                                    \
    X(void, Eval_RestoreThread, (PyThreadState *))                                                 \
    X(int, GILState_Ensure, (void))                                                                \
    X(int, GILState_Check, (void))                                                                 \
    X(PyThreadState *, GILState_GetThisThreadState, (void))                                        \
    X(PyThreadState *, ThreadState_Get, (void))                                                    \
    X(void, ThreadState_Clear, (PyThreadState *))                                                  \
    X(void, ThreadState_DeleteCurrent, (void))                                                     \
    X(PyObject *, _CompileString, (const char *, const char *, int))                               \
    X(PyObject *, Eval_EvalCode, (PyObject *, PyObject *, PyObject *))                             \
    X(PyObject *, Eval_GetBuiltins, (void))                                                        \
    X(PyObject *, Import_ImportModule, (const char *))                                             \
    X(PyObject *, Import_AddModule, (const char *))                                                \
    X(PyObject *, CFunction_NewEx, (PyMethodDef *, PyObject *, PyObject *))                        \
    X(PyObject *, Context_Copy, (PyObject *))                                                      \
    X(PyObject *, Context_CopyCurrent, (void))                                                     \
    X(int, Context_Enter, (PyObject *))                                                            \
    X(int, Context_Exit, (PyObject *))                                                             \
    X(void, Err_Clear, (void))                                                                     \
    X(PyObject *, Err_Occurred, (void))                                                            \
    X(int, Err_ExceptionMatches, (PyObject *))                                                     \
    X(void, Err_Fetch, (PyObject **, PyObject **, PyObject **))                                    \
    X(void, Err_NormalizeException, (PyObject **, PyObject **, PyObject **))                       \
    X(void, Err_Restore, (PyObject *, PyObject *, PyObject *))                                     \
    X(void, Err_SetString, (PyObject *, const char *))                                             \
    X(void, Err_SetObject, (PyObject *, PyObject *))                                               \
    X(PyObject *, Err_Format, (PyObject *, const char *, ...))                                     \
    X(int, Exception_SetTraceback, (PyObject *, PyObject *))                                       \
    X(PyObject *, Object_GetAttr, (PyObject *, PyObject *))                                        \
    X(PyObject *, Object_GetAttrString, (PyObject *, const char *))                                \
    X(int, Object_SetAttrString, (PyObject *, const char *, PyObject *))                           \
    X(PyObject *, Object_CallObject, (PyObject *, PyObject *))                                     \
    X(PyObject *, Object_Call, (PyObject *, PyObject *, PyObject *))                               \
    X(PyObject *, Object_VectorcallDict, (PyObject *, PyObject *const *, size_t, PyObject *))      \
    X(PyObject *, Object_VectorcallMethod, (PyObject *, PyObject *const *, size_t, PyObject *))    \
    X(PyObject *, Sequence_List, (PyObject *))                                                     \
    X(PyObject *, Object_Str, (PyObject *))                                                        \
    X(PyObject *, Object_Type, (PyObject *))                                                       \
    X(int, Object_IsTrue, (PyObject *))                                                            \
    X(int, Object_RichCompareBool, (PyObject *, PyObject *, int))                                  \
    X(int, Callable_Check, (PyObject *))                                                           \
    X(Py_ssize_t, Object_Size, (PyObject *))                                                       \
    X(int, Iter_Send, (PyObject *, PyObject *, PyObject **))                                       \
    X(unsigned long, Type_GetFlags, (PyTypeObject *))                                              \
    X(int, Type_IsSubtype, (PyTypeObject *, PyTypeObject *))                                       \
    X(void *, Type_GetSlot, (PyTypeObject *, int))                                                 \
    X(PyObject *, Object_GenericGetAttr, (PyObject *, PyObject *))                                 \
    X(int, Object_GenericSetAttr, (PyObject *, PyObject *, PyObject *))                            \
    X(PyObject *, Capsule_New, (void *, const char *, void (*)(PyObject *)))                       \
    X(void *, Capsule_GetPointer, (PyObject *, const char *))                                      \
    X(int, ContextVar_Get, (PyObject *, PyObject *, PyObject **))                                  \
    X(PyObject *, Dict_New, (void))                                                                \
    X(int, Dict_SetItem, (PyObject *, PyObject *, PyObject *))                                     \
    X(int, Dict_SetItemString, (PyObject *, const char *, PyObject *))                             \
    X(PyObject *, Dict_GetItemString, (PyObject *, const char *))                                  \
    X(PyObject *, Dict_GetItemWithError, (PyObject *, PyObject *))                                 \
    X(int, Dict_Next, (PyObject *, Py_ssize_t *, PyObject **, PyObject **))                        \
    X(Py_ssize_t, Dict_Size, (PyObject *))                                                         \
    X(PyObject *, Mapping_Items, (PyObject *))                                                     \
    X(PyObject *, Number_ToBase, (PyObject *, int))                                                \
    X(PyObject *, List_New, (Py_ssize_t))                                                          \
    X(int, List_SetItem, (PyObject *, Py_ssize_t, PyObject *))                                     \
    X(PyObject *, List_GetItem, (PyObject *, Py_ssize_t))                                          \
    X(Py_ssize_t, List_Size, (PyObject *))                                                         \
    X(int, List_Append, (PyObject *, PyObject *))                                                  \
    X(PyObject *, Tuple_New, (Py_ssize_t))                                                         \
    X(int, Tuple_SetItem, (PyObject *, Py_ssize_t, PyObject *))                                    \
    X(PyObject *, Tuple_GetItem, (PyObject *, Py_ssize_t))                                         \
    X(Py_ssize_t, Tuple_Size, (PyObject *))                                                        \
    X(PyObject *, Long_FromLongLong, (long long))                                                  \
    X(PyObject *, Long_FromString, (const char *, char **, int))                                   \
    X(PyObject *, Long_FromVoidPtr, (void *))                                                      \
    X(void *, Long_AsVoidPtr, (PyObject *))                                                        \
    X(long long, Long_AsLongLong, (PyObject *))                                                    \
    X(long long, Long_AsLongLongAndOverflow, (PyObject *, int *))                                  \
    X(PyObject *, Float_FromDouble, (double))                                                      \
    X(double, Float_AsDouble, (PyObject *))                                                        \
    X(PyObject *, Unicode_New, (Py_ssize_t, uint32_t))                                             \
    X(PyObject *, Unicode_FromStringAndSize, (const char *, Py_ssize_t))                           \
    X(PyObject *, Unicode_InternFromString, (const char *))                                        \
    X(PyObject *, Unicode_FromKindAndData, (int, const void *, Py_ssize_t))                        \
    X(const char *, Unicode_AsUTF8AndSize, (PyObject *, Py_ssize_t *))                             \
    X(PyObject *, Bytes_FromStringAndSize, (const char *, Py_ssize_t))                             \
    X(int, Bytes_AsStringAndSize, (PyObject *, char **, Py_ssize_t *))

// The builtin types and objects that the shim compares with by address.
#define SPK_OBJECTS(X)                                                                             \
    X(_none, "_Py_NoneStruct")                                                                     \
    X(_true, "_Py_TrueStruct")                                                                     \
    X(_false, "_Py_FalseStruct")                                                                   \
    X(object_type, "PyBaseObject_Type")                                                            \
    X(dict_type, "PyDict_Type")                                                                    \
    X(list_type, "PyList_Type")                                                                    \
    X(tuple_type, "PyTuple_Type")                                                                  \
    X(str_type, "PyUnicode_Type")                                                                  \
    X(bytes_type, "PyBytes_Type")                                                                  \
    X(int_type, "PyLong_Type")                                                                     \
    X(float_type, "PyFloat_Type")                                                                  \
    X(bool_type, "PyBool_Type")

// Exception classes are variables that point at the object.
#define SPK_EXCEPTIONS(X)                                                                          \
    X(TypeError)                                                                                   \
    X(ValueError)                                                                                  \
    X(RuntimeError)                                                                                \
    X(RecursionError) X(MemoryError) X(SystemError) X(StopIteration) X(StopAsyncIteration)

struct spk_api {
#define X(result, name, params) result(*name) params;
    SPK_FUNCTIONS(X)
#undef X
#define X(name, symbol) PyObject *name;
    SPK_OBJECTS(X)
#undef X
#define X(name) PyObject *name;
    SPK_EXCEPTIONS(X)
#undef X
};

// The table. It is filled once, by spk_load, and read only after that.
extern struct spk_api py;

// A message that a failing function leaves for Go.
typedef struct {
    char text[1024];
} spk_error;

// Opens libpython at path and fills the table. 0 or -1 with a message.
int spk_load(const char *path, spk_error *err);

// Sets the message.
void spk_fail(spk_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
