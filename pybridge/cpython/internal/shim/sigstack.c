//go:build cgo && (linux || darwin) && (amd64 || arm64)

// Signal stacks for the threads that Python makes. Go gives its own threads one.
// On a thread without, the overflow of its stack ends the process with no word,
// as the kernel finds no place for the handler's frame.
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include "internal.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { SIGNAL_STACK = 64 << 10 }; // Go's have 32 KiB; a frame with AVX-512 takes 4

static pthread_key_t stack_key;

static void end_stack(void *memory)
{
    stack_t none = {.ss_flags = SS_DISABLE, .ss_size = SIGNAL_STACK};
    sigaltstack(&none, NULL);
    free(memory);
}

int spk_signal_stack_init(void) { return pthread_key_create(&stack_key, end_stack); }

void spk_signal_stack_give(void)
{
    stack_t now;
    if (sigaltstack(NULL, &now) < 0 || !(now.ss_flags & SS_DISABLE)) {
        return;
    }
    stack_t mine = {.ss_sp = malloc(SIGNAL_STACK), .ss_size = SIGNAL_STACK};
    if (mine.ss_sp != NULL && pthread_setspecific(stack_key, mine.ss_sp) == 0) {
        sigaltstack(&mine, NULL);
    } else {
        free(mine.ss_sp);
    }
}

// signal_stack(): see spk_signal_stack_give.
PyObject *spk_signal_stack(PyObject *self, PyObject *args)
{
    (void)self;
    (void)args;
    spk_signal_stack_give();
    return spk_newref(py._none);
}
