// What the files of the decoder share. Everything here needs the GIL.
#ifndef SPK_DECODE_H
#define SPK_DECODE_H

#include "internal.h"

// The opcodes of pybridge/wire/op.go, in its order; opcode_test.go compares them.
enum {
    OP_ABSENT,
    OP_NULL,
    OP_TRUE,
    OP_FALSE,
    OP_INT,
    OP_BIGINT,
    OP_FLOAT,
    OP_STR,
    OP_ASCII,
    OP_BYTES,
    OP_LIST,
    OP_TUPLE,
    OP_DICT,
    OP_OBJECT,
    OP_CONVERT,
    OP_GOVALUE,
    OP_GOINSTANCE,
    OP_PYOBJECT,
    OP_REQUEST,
};

typedef struct {
    spk_app *app;
    const uint8_t *at, *end;
    int depth;
    spk_refusal *refusal; // NULL: the values aren't a client's
} spk_cursor;

static inline const uint8_t *spk_take(spk_cursor *c, size_t n)
{
    if ((size_t)(c->end - c->at) < n) {
        py.Err_SetString(py.SystemError, "wire: value is cut short");
        return NULL;
    }
    const uint8_t *p = c->at;
    c->at += n;
    return p;
}

static inline bool spk_take_u32(spk_cursor *c, uint32_t *out)
{
    const uint8_t *p = spk_take(c, sizeof *out);
    if (p == NULL) {
        return false;
    }
    memcpy(out, p, sizeof *out);
    return true;
}

static inline bool spk_take_run(spk_cursor *c, const char **data, uint32_t *n)
{
    if (!spk_take_u32(c, n)) {
        return false;
    }
    *data = (const char *)spk_take(c, *n);
    return *data != NULL;
}

// A count can't be larger than the bytes that are left: each value has one.
static inline bool spk_take_count(spk_cursor *c, uint32_t *n)
{
    if (!spk_take_u32(c, n)) {
        return false;
    }
    if (*n > (size_t)(c->end - c->at)) {
        py.Err_SetString(py.SystemError, "wire: count is larger than its values");
        return false;
    }
    return true;
}

// decode.c: the value of any opcode. NULL with an exception, or with the
// refusal begun.
PyObject *spk_value(spk_cursor *c);

// decode_scalar.c: the value whose opcode was taken.
PyObject *spk_integer(spk_cursor *c);
PyObject *spk_big_integer(spk_cursor *c);
PyObject *spk_floating(spk_cursor *c);
PyObject *spk_ascii(spk_cursor *c);
PyObject *spk_bytes(spk_cursor *c);

// decode_text.c: the same.
PyObject *spk_text(spk_cursor *c);

// keys.c: the str of an ASCII key, from the app's table if it is short.
PyObject *spk_key(spk_cursor *c);

// decode_class.c
PyObject *spk_instance(spk_cursor *c);
PyObject *spk_converted(spk_cursor *c);

// refuse.c: puts the exception that is set aside as a refusal of raw (NULL:
// unknown) by the class with that index, or by a converter for -1. The
// callers on the way out then add their steps, the innermost first.
void spk_refuse_begin(spk_cursor *c, PyObject *raw, int class_index);
void spk_refuse_step(spk_cursor *c, PyObject *step); // NULL is passed over
void spk_refuse_index(spk_cursor *c, Py_ssize_t i);

static inline bool spk_refused(const spk_cursor *c)
{
    return c->refusal != NULL && c->refusal->error != NULL;
}

#endif
