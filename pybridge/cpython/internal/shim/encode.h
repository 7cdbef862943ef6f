// What the files of the JSON encoder share.
#ifndef SPK_ENCODE_H
#define SPK_ENCODE_H

#include "internal.h"

typedef struct {
    spk_app *app;
    spk_buffer *out;
    spk_path *path;
    int depth;
} spk_encoder;

// How the instances of a class are written; the numbers are those of
// _runtime_shape.py.
enum {
    SPK_SHAPE_DEFAULT = 0,   // what the runtime's default() makes of it
    SPK_SHAPE_FIELDS = 1,    // an object of some attributes
    SPK_SHAPE_CALL = 2,      // what a function makes of it
    SPK_SHAPE_RAW = 3,       // the JSON text, as bytes, that a function makes of it
    SPK_SHAPE_ITEMS = 4,     // an array of what it iterates over
    SPK_SHAPE_ATTRIBUTE = 5, // one of its attributes
    SPK_SHAPE_UUID = 6,      // one of its attributes: a number
    SPK_SHAPE_ISO = 7,       // what its method isoformat gives
};

typedef struct {
    PyObject *name;
    const char *text; // the name in JSON, with what goes before it and its colon
    size_t len;
} spk_field;

struct spk_shape {
    PyTypeObject *type; // owned
    int kind;
    PyObject *payload; // tuple of names, function or name, as the kind wants it; owned
    Py_ssize_t size;   // of fields
    spk_field *fields;
    spk_buffer texts; // of the fields
};

// The shape of a class, kept from the first time on. NULL with an exception.
const spk_shape *spk_shape_of(spk_app *a, PyTypeObject *type);

// encode.c: any object. -1 with an exception, and the path begun.
int spk_encode_any(spk_encoder *e, PyObject *o);
int spk_encode_items(spk_encoder *e, PyObject *list);

// encode_shape.c: an object that is none of the builtin types.
int spk_encode_shaped(spk_encoder *e, PyObject *o, const spk_shape *shape);

// encode_scalar.c
int spk_encode_int(spk_encoder *e, PyObject *o);
int spk_encode_float(spk_encoder *e, PyObject *o);

// encode_text.c
int spk_encode_bytes(spk_encoder *e, PyObject *o); // in base64
int spk_encode_uuid(spk_encoder *e, PyObject *o, PyObject *attribute);
int spk_encode_iso(spk_encoder *e, PyObject *o, PyObject *method);

// encode_string.c: writes before, the text in quotes, and after; '\0' stands for none.
void spk_put_string(spk_buffer *out, char before, const char *text, size_t n, char after);

// The same for a str. -1 with an exception.
int spk_put_str(spk_buffer *out, char before, PyObject *o, char after);

// encode_float.c: v, which is finite, as repr writes it.
void spk_put_float(spk_buffer *out, double v);

// path.c: puts one more step before those that are there.
void spk_path_index(spk_path *path, Py_ssize_t i);
void spk_path_name(spk_path *path, PyObject *name);
void spk_path_root(spk_path *path);

#endif
