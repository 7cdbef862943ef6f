//go:build cgo && (linux || darwin) && (amd64 || arm64)

// The way to a value that can't be written, as "$.items[3]". It is put
// together from its end, while the encoder returns.
#include "encode.h"

#include <stdio.h>

// Where to end a UTF-8 text of which at most n bytes are wanted, so that no
// character is cut.
static size_t whole_characters(const char *text, size_t n)
{
    while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80) {
        n--;
    }
    return n;
}

// Puts one more step before the path that is there. What is too long for the
// message is cut at its end.
static void path_prepend(spk_path *path, const char *step, size_t n)
{
    size_t rest = strlen(path->text), room = sizeof path->text - 1 - n;
    if (rest > room) {
        rest = whole_characters(path->text, room);
    }
    memmove(path->text + n, path->text, rest);
    memcpy(path->text, step, n);
    path->text[n + rest] = '\0';
}

void spk_path_index(spk_path *path, Py_ssize_t i)
{
    char step[32];
    path_prepend(path, step, (size_t)snprintf(step, sizeof step, "[%zd]", i));
}

// The exception that is set is put aside: the name may have no UTF-8 form.
void spk_path_name(spk_path *path, PyObject *name)
{
    char step[81] = ".";
    Py_ssize_t n = 0;
    const char *text = NULL;
    PyObject *type, *exc, *traceback;
    py.Err_Fetch(&type, &exc, &traceback);
    if (py.Type_GetFlags(name->type) & SPK_UNICODE_SUBCLASS) {
        text = py.Unicode_AsUTF8AndSize(name, &n);
    }
    py.Err_Restore(type, exc, traceback); // and drops the one of a name without UTF-8
    if (text == NULL) {
        text = "?";
        n = 1;
    }
    size_t size = (size_t)n < sizeof step ? (size_t)n : whole_characters(text, sizeof step - 1);
    memcpy(step + 1, text, size);
    path_prepend(path, step, size + 1);
}

void spk_path_root(spk_path *path) { path_prepend(path, "$", 1); }
