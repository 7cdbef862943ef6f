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

// The attributes that a class' instances are written with.
struct spk_shape {
    PyTypeObject *type; // owned
    PyObject *names;    // tuple of str; NULL: the class goes through default()
    Py_ssize_t size;
};

// The shape of a class, kept from the first time on. NULL with an exception.
const spk_shape *spk_shape_of(spk_app *a, PyTypeObject *type);

int spk_encode_str(spk_encoder *e, PyObject *o);
int spk_encode_int(spk_encoder *e, PyObject *o);
int spk_encode_float(spk_encoder *e, PyObject *o);

#endif
