//go:build cgo && (linux || darwin) && (amd64 || arm64)

// A crash of native code: Python's stacks are written, then Go's, and the process
// ends. Faults of Go code are Go's alone: it makes panics of them. The way is that
// of os/signal, "Non-Go programs that call Go code": a handler with SA_ONSTACK
// that goes by the PC and hands on to the one that Go has installed.
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include "dump.h"
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ucontext.h>
#include <time.h>
#include <unistd.h>

static const struct {
    int number;
    const char *name;
} fatal[] = {
    {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
    {SIGILL, "SIGILL"},   {SIGABRT, "SIGABRT"},
};
enum { FATAL = sizeof fatal / sizeof *fatal };

static struct sigaction go[FATAL]; // Go's own
static uintptr_t go_low, go_high;  // Go's code

static pthread_t first_thread; // Go's, and there to the end of the process

static atomic_flag crashed = ATOMIC_FLAG_INIT; // a thread writes, and others wait
static _Thread_local bool is_telling;          // that thread
static atomic_int handed;                      // the signal that the first thread is to die of
static atomic_bool taken;                      // it has begun to

__attribute__((constructor)) static void note_first_thread(void) { first_thread = pthread_self(); }

static int index_of(int signum)
{
    int i = 0;
    while (i < FATAL - 1 && fatal[i].number != signum) {
        i++;
    }
    return i;
}

static uintptr_t pc_of(const void *context)
{
    const ucontext_t *c = context;
#if defined(__linux__) && defined(__x86_64__)
    return (uintptr_t)c->uc_mcontext.gregs[REG_RIP];
#elif defined(__linux__)
    return (uintptr_t)c->uc_mcontext.pc;
#elif defined(__x86_64__)
    return (uintptr_t)c->uc_mcontext->__ss.__rip;
#else
    return (uintptr_t)__darwin_arm_thread_state64_get_pc(c->uc_mcontext->__ss);
#endif
}

// What another process has sent is no crash.
static bool is_own(const siginfo_t *info)
{
#ifdef __APPLE__
    return info->si_code > 0 || info->si_pid == getpid() || info->si_pid == 0;
#else
    return info->si_code > 0 || info->si_pid == getpid();
#endif
}

static void hand_to_go(int signum, siginfo_t *info, void *context)
{
    const struct sigaction *a = &go[index_of(signum)];
    if (a->sa_flags & SA_SIGINFO) {
        a->sa_sigaction(signum, info, context);
    }
}

// Ends the process as the signal does without a handler.
static void die(int signum)
{
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigset_t mask;
    sigaction(signum, &plain, NULL);
    sigemptyset(&mask);
    sigaddset(&mask, signum);
    pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
    raise(signum);
    _exit(2);
}

static void pause_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&t, &t) < 0 && errno == EINTR) {
    }
}

// Go can't write its stacks on a thread that it knows nothing of. On such a one
// its handler ends the process without a word, or waits for a lock.
static bool is_unknown_to_go(void)
{
    stack_t stack;
    if (spk_entered() || pthread_equal(pthread_self(), first_thread)) {
        return false;
    }
    bool bare = sigaltstack(NULL, &stack) == 0 && (stack.ss_flags & SS_DISABLE);
    return bare || py.GILState_GetThisThreadState() != NULL;
}

// Has the first thread die of the signal, with Go's stacks. Go takes what is
// sent from within the process for fatal like a fault; a program that asks for
// the signal with os/signal may swallow it.
static void hand_to_first_thread(int signum)
{
    atomic_store(&handed, signum);
    pthread_kill(first_thread, signum);
    for (int i = 0; i < 40 && !atomic_load(&taken); i++) {
        pause_ms(10);
    }
    if (atomic_load(&taken)) {
        pause_ms(10000); // Go's stacks may be many
    }
    die(signum);
}

static void tell(int signum, uintptr_t pc)
{
    int fd = STDERR_FILENO;
    spk_dump_text(fd, "\nspikard: ");
    spk_dump_text(fd, fatal[index_of(signum)].name);
    spk_dump_text(fd, " in native code, in ");
    spk_dump_module(fd, pc);
    spk_dump_text(fd, "\n\npython, on the thread that crashed:\n");
    bool told = spk_dump(fd, false);
    spk_dump_text(fd, "\npython, on all threads:\n");
    if (!spk_dump(fd, true) || !told) {
        spk_dump_text(fd, "(not all stacks of python's could be read)\n");
    }
    spk_dump_text(fd, "\n");
}

static void on_fault(int signum, siginfo_t *info, void *context)
{
    uintptr_t pc = pc_of(context);
    if (atomic_load(&handed) == signum && pthread_equal(pthread_self(), first_thread)) {
        atomic_store(&taken, true);
        hand_to_go(signum, info, context);
        die(signum);
    }
    if (pc >= go_low && pc < go_high) {
        hand_to_go(signum, info, context);
        return;
    }
    spk_dump_escape();
    if (!is_own(info)) {
        hand_to_go(signum, info, context);
        return;
    }
    int saved = errno;
    if (!is_telling) { // else telling was a fault itself: Go's part is to come still
        if (atomic_flag_test_and_set(&crashed)) {
            pause_ms(10000); // the other one ends the process
            die(signum);
        }
        is_telling = true;
        tell(signum, pc);
    }
    if (is_unknown_to_go()) {
        hand_to_first_thread(signum);
    }
    errno = saved;
    hand_to_go(signum, info, context); // it returns from what it makes a panic of
    is_telling = false;
    atomic_flag_clear(&crashed);
}

void spk_crash_note(void)
{
    for (int i = 0; i < FATAL; i++) {
        sigaction(fatal[i].number, NULL, &go[i]);
    }
}

void spk_crash_install(uintptr_t low, uintptr_t high)
{
    go_low = low;
    go_high = high;
    for (int i = 0; i < FATAL; i++) {
        // As Go's: all signals are blocked meanwhile, and it runs on the signal stack.
        struct sigaction mine = {.sa_sigaction = on_fault,
                                 .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
        sigfillset(&mine.sa_mask);
        sigaction(fatal[i].number, &mine, NULL);
    }
}
