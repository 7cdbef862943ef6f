//go:build cgo && (linux || darwin) && (amd64 || arm64)

// What has to be known or made before an interpreter is there, whoever starts it:
// a program that is linked with Python may have done so when the engine comes.
#define _GNU_SOURCE
#include "dump.h"
#include "internal.h"

#include <dlfcn.h>
#include <signal.h>

// Python takes these away from Go if it is initialised with its signal handlers, as
// Py_Initialize does: Ctrl-C would raise in Python instead of stopping the program.
static const int taken[] = {SIGINT, SIGPIPE, SIGXFSZ};
enum { TAKEN = sizeof taken / sizeof *taken };
static struct sigaction of_go[TAKEN];

bool spk_early(void)
{
    spk_crash_note();
    for (int i = 0; i < TAKEN; i++) {
        sigaction(taken[i], NULL, &of_go[i]);
    }
    return spk_exit_key_init();
}

void spk_signals_give_back(void)
{
    for (int i = 0; i < TAKEN; i++) {
        sigaction(taken[i], &of_go[i], NULL);
    }
}

const char *spk_linked_library(void)
{
    Dl_info info;
    void *function = dlsym(RTLD_DEFAULT, "Py_InitializeEx");
    return function != NULL && dladdr(function, &info) != 0 ? info.dli_fname : NULL;
}
