//go:build cgo && (linux || darwin) && (amd64 || arm64)

// Threads for calls that block or compute. Go's scheduler knows them not: see
// package cpython. Idle ones are kept on a stack, so that the last one to become
// idle is the first to be used, and those on the bottom end after a while.
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    IDLE_SECONDS = 10,
    STACK = 8 << 20, // as glibc has it; musl's own 128 KiB are too few for Python
};

typedef struct worker {
    pthread_t thread;
    pthread_cond_t wake;
    spk_frame *job; // what it is to do
    bool end;
    struct worker *below; // of the idle ones
} worker;

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER; // of all below
static worker *idle;                                   // the top of the stack
static int alive, busy;                                // all of them, those with a job
static spk_frame *done;
static pthread_cond_t became_idle = PTHREAD_COND_INITIALIZER;
static int done_fd = -1;

void spk_workers_begin(int fd) { done_fd = fd; }

static void perform(spk_frame *f)
{
    if (f->job == SPK_JOB_PART) {
        f->more = spk_stream_next(f);
    } else {
        spk_call(f->program, f, (const uint8_t *)f->in.data, f->in.len);
    }
}

// mu is held, and for a moment given up.
static void tell(spk_frame *f)
{
    bool first = done == NULL;
    f->next = done;
    done = f;
    if (first) {
        pthread_mutex_unlock(&mu);
        // A full pipe has woken its reader already.
        while (write(done_fd, "", 1) < 0 && errno == EINTR) {
        }
        pthread_mutex_lock(&mu);
    }
}

static void take_off(worker *w)
{
    worker **at = &idle;
    while (*at != w) {
        at = &(*at)->below;
    }
    *at = w->below;
}

// Waits for the next job; false: the thread is to end. mu is held.
static bool await_job(worker *w)
{
    w->job = NULL;
    w->below = idle;
    idle = w;
    pthread_cond_signal(&became_idle);
    struct timespec until; // a clock that is set only ends it sooner or later
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += IDLE_SECONDS;
    while (w->job == NULL && !w->end) {
        if (pthread_cond_timedwait(&w->wake, &mu, &until) == ETIMEDOUT && w->job == NULL &&
            !w->end) {
            take_off(w);
            pthread_detach(w->thread);
            return false;
        }
    }
    return w->job != NULL;
}

// As tools show it: at most 15 characters.
static void name_thread(const char *name)
{
#ifdef __APPLE__
    pthread_setname_np(name);
#else
    pthread_setname_np(pthread_self(), name);
#endif
}

static void *work(void *arg)
{
    worker *w = arg;
    w->thread = pthread_self();
    name_thread("python worker");
    spk_signal_stack_give();
    pthread_mutex_lock(&mu);
    do {
        pthread_mutex_unlock(&mu);
        perform(w->job);
        pthread_mutex_lock(&mu);
        busy--;
        tell(w->job);
    } while (await_job(w));
    alive--;
    pthread_mutex_unlock(&mu);
    pthread_cond_destroy(&w->wake);
    free(w);
    return NULL;
}

static bool start(spk_frame *f)
{
    worker *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return false;
    }
    w->job = f;
    pthread_cond_init(&w->wake, NULL);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    pthread_t thread;
    bool ok = pthread_create(&thread, &attributes, work, w) == 0;
    pthread_attr_destroy(&attributes);
    if (!ok) {
        pthread_cond_destroy(&w->wake);
        free(w);
    }
    return ok;
}

void spk_hand_over(spk_frame *f, int job)
{
    f->job = job;
    pthread_mutex_lock(&mu);
    busy++;
    worker *w = idle;
    if (w == NULL) {
        alive++;
    } else {
        idle = w->below;
        w->job = f;
        pthread_cond_signal(&w->wake);
    }
    pthread_mutex_unlock(&mu);
    if (w == NULL && !start(f)) { // no thread is to be had: this one will do
        perform(f);
        pthread_mutex_lock(&mu);
        alive--;
        busy--;
        tell(f);
        pthread_mutex_unlock(&mu);
    }
}

size_t spk_workers_take(spk_frame **out, size_t cap)
{
    size_t n = 0;
    pthread_mutex_lock(&mu);
    while (done != NULL && n < cap) {
        out[n++] = done;
        done = done->next;
    }
    pthread_mutex_unlock(&mu);
    return n;
}

int spk_workers_end(void)
{
    int n = 0;
    pthread_mutex_lock(&mu);
    while (alive > busy) {
        worker *w = idle;
        if (w == NULL) { // it has told, and is about to be
            pthread_cond_wait(&became_idle, &mu);
            continue;
        }
        pthread_t thread = w->thread;
        idle = w->below;
        w->end = true;
        pthread_cond_signal(&w->wake);
        pthread_mutex_unlock(&mu);
        pthread_join(thread, NULL); // its thread state has ended then
        pthread_mutex_lock(&mu);
        n++;
    }
    pthread_mutex_unlock(&mu);
    return n;
}
