// Python's stacks, written without the GIL, and what becomes of a crash.
#ifndef SPK_DUMP_H
#define SPK_DUMP_H

#include <stdbool.h>
#include <stdint.h>

// dump.c: makes ready. Needs the GIL; it leaves signals and the thread's signal
// stack as they were. Without it, or where it found nothing, dumps are empty.
void spk_dump_prepare(void);

// dump.c: writes to fd the Python stack of this thread, or of all threads. It
// takes no lock and needs no GIL: it may be called in a signal handler, and while
// threads run, whose stacks may then be torn. False: there was nothing to write
// with, or reading the stacks was a fault, which is survived.
bool spk_dump(int fd, bool all);

// dump.c: a fault is taken by the spk_dump that this thread is in; else it
// returns.
void spk_dump_escape(void);

// dump.c: write text, without allocating. For signal handlers.
void spk_dump_text(int fd, const char *text);
void spk_dump_module(int fd, uintptr_t pc); // the file that code belongs to

// crash.c: notes Go's handlers, before an interpreter can take their place.
void spk_crash_note(void);

// crash.c: has faults of code outside of [go_low, go_high) told with Python's
// stacks before Go tells of its own.
void spk_crash_install(uintptr_t go_low, uintptr_t go_high);

// interp.c: whether Python's code was made to run on this thread by Go.
bool spk_entered(void);

#endif
