//go:build cgo && (linux || darwin) && (amd64 || arm64)

#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include "dump.h"
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

// CPython's own function for this is not exported by all versions, but its
// faulthandler has a signal handler that calls it. It is registered for a signal
// that nobody sends, taken from there, and called as the function that it is.
// Which threads it writes is a matter of the signal.
enum { ALL_THREADS = SIGSYS, THIS_THREAD = SIGXCPU };

static void (*write_stacks)(int signum);

// What faulthandler writes to; the file behind it is another for each dump.
static int out = -1;

// Where this thread goes on if reading stacks is a fault.
static _Thread_local sigjmp_buf *volatile escape;

static bool register_for(PyObject *function, int signum, bool all)
{
    struct sigaction before, taken;
    sigaction(signum, NULL, &before);
    PyObject *args[4] = {py.Long_FromLongLong(signum), py.Long_FromLongLong(out),
                         all ? py._true : py._false, py._false};
    PyObject *done = NULL;
    if (args[0] != NULL && args[1] != NULL) {
        done = py.Object_VectorcallDict(function, args, 4, NULL);
    }
    sigaction(signum, &before, &taken);
    if (done != NULL && taken.sa_handler != before.sa_handler) {
        write_stacks = taken.sa_handler;
    }
    py.Err_Clear();
    spk_decref(done);
    spk_decref(args[0]);
    spk_decref(args[1]);
    return done != NULL;
}

void spk_dump_prepare(void)
{
    stack_t before; // to register allocates a signal stack: this one is Go's
    bool has_stack = sigaltstack(NULL, &before) == 0;
    out = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    PyObject *module = out < 0 ? NULL : py.Import_ImportModule("faulthandler");
    PyObject *function = module == NULL ? NULL : py.Object_GetAttrString(module, "register");
    py.Err_Clear();
    if (function != NULL && !(register_for(function, ALL_THREADS, true) &&
                              register_for(function, THIS_THREAD, false))) {
        write_stacks = NULL;
    }
    spk_decref(function);
    spk_decref(module);
    if (has_stack) {
        sigaltstack(&before, NULL);
    }
}

bool spk_dump(int fd, bool all)
{
    if (write_stacks == NULL || dup2(fd, out) < 0) {
        return false;
    }
    fcntl(out, F_SETFD, FD_CLOEXEC);
    sigset_t faults, mask;
    sigemptyset(&faults);
    sigaddset(&faults, SIGSEGV);
    sigaddset(&faults, SIGBUS);
    pthread_sigmask(SIG_UNBLOCK, &faults, &mask);
    sigjmp_buf here, *outer = escape;
    volatile bool written = false;
    if (sigsetjmp(here, 1) == 0) {
        escape = &here;
        write_stacks(all ? ALL_THREADS : THIS_THREAD);
        written = true;
    }
    escape = outer;
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    dup2(STDERR_FILENO, out); // whoever reads fd waits for its end
    fcntl(out, F_SETFD, FD_CLOEXEC);
    return written;
}

void spk_dump_escape(void)
{
    if (escape != NULL) {
        siglongjmp(*escape, 1);
    }
}

void spk_dump_text(int fd, const char *text)
{
    size_t n = strlen(text);
    while (n > 0) {
        ssize_t written = write(fd, text, n);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return;
        }
        text += written;
        n -= (size_t)written;
    }
}

#ifdef __linux__
// A line of /proc/self/maps, read as far as it fits.
typedef struct {
    int fd;
    char buffer[1024];
    ssize_t at, end;
} maps;

static int next_char(maps *m)
{
    if (m->at == m->end) {
        m->at = 0;
        m->end = read(m->fd, m->buffer, sizeof m->buffer);
        if (m->end <= 0) {
            m->end = 0;
            return -1;
        }
    }
    return m->buffer[m->at++];
}

static uintptr_t next_number(maps *m, int end)
{
    uintptr_t number = 0;
    for (int c = next_char(m); c >= 0 && c != end; c = next_char(m)) {
        number = number * 16 + (uintptr_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return number;
}

// Reads a line; whether pc is in it: path is then that of its file.
static int next_line(maps *m, uintptr_t pc, char *path, size_t cap)
{
    uintptr_t low = next_number(m, '-'), high = next_number(m, ' ');
    size_t n = 0;
    int c = next_char(m);
    for (; c >= 0 && c != '\n'; c = next_char(m)) {
        if ((n > 0 || c == '/') && n < cap - 1) {
            path[n++] = (char)c;
        }
    }
    path[n] = 0;
    return c < 0 ? -1 : pc >= low && pc < high;
}

void spk_dump_module(int fd, uintptr_t pc)
{
    char path[512];
    maps m = {.fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)};
    int found = m.fd < 0 ? -1 : 0;
    while (found == 0) {
        found = next_line(&m, pc, path, sizeof path);
    }
    if (found > 0 && path[0] != 0) {
        spk_dump_text(fd, path);
    } else {
        spk_dump_text(fd, "no file's code");
    }
    close(m.fd);
}
#else
// dladdr takes locks, and a handler can't wait for one.
void spk_dump_module(int fd, uintptr_t pc)
{
    (void)pc;
    spk_dump_text(fd, "native code");
}
#endif

bool spk_dump_all(int fd) { return spk_dump(fd, true); }
