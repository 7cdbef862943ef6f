// The interface between Go and the C half of the engine. Each function says
// whether it takes the GIL itself ("enters") or needs a thread that holds it.
#ifndef SPK_SHIM_H
#define SPK_SHIM_H

#include "buffer.h"
#include "pyapi.h"

// --- interpreter (interp.c) ---

typedef struct {
    const char *library; // path to dlopen
    const char *program; // what sys.executable is to be; NULL: leave it
    const char *home;    // PYTHONHOME of a relocated Python; NULL: none
    bool utf8_mode;
    bool linked;               // the program is linked with it, and may have started it
    int major, minor;          // what the library must turn out to be
    uintptr_t go_low, go_high; // where Go's code is, for crashes
} spk_config;

// early.c: to be called before any interpreter is started. False: no thread-specific
// storage is left, so none can be.
bool spk_early(void);

// early.c: the file of the libpython that the process has; NULL: none.
const char *spk_linked_library(void);

// Opens the library and starts the interpreter, or takes one that runs if the
// program is linked with it. Called once in a process, on any thread, without the
// GIL; it returns without the GIL. It waits for the GIL of one that runs.
int spk_start(const spk_config *config, spk_error *err);

// Runs Python source as a module's body. Enters.
int spk_exec(const char *source, const char *name, spk_error *err);

// Writes the Python stacks of all threads to fd, without the GIL. False: they
// could not be read.
bool spk_dump_all(int fd);

// Takes the GIL with this OS thread's own thread state, and gives it back.
void spk_enter(void);
void spk_leave(void);

// --- app (app.c) ---

typedef struct spk_app spk_app;
typedef struct spk_program spk_program;

// How a call ended; the numbers are those of pybridge.Outcome.
enum {
    SPK_ANSWERED = 0,
    SPK_PROBLEM = 1,
    SPK_RAISED = 2,
    SPK_VALUES = 3,
    SPK_INVALID = 4,
    SPK_REFUSED = 5,
    SPK_STREAMED = 6,
    SPK_FILE = 7,
};

// How the parts of a Stream come: one by one from spk_stream_next, or from the
// task of a start that spk_loop_step is given.
enum { SPK_PARTS = 1, SPK_PARTS_ASYNC = 2 };

// One call's memory: it is kept for the next call when this one is done.
typedef struct spk_frame {
    spk_program *program;
    spk_buffer in;   // the inputs, for calls that go through the loop
    spk_buffer body; // the answer's body
    spk_buffer meta; // the rest of the answer where it isn't plain JSON: see result.c
    int outcome, status;
    bool wake;       // the call left work for the event loop
    bool lasting;    // the call may take hours: it keeps no inputs
    bool measure;    // take the two below of this call, once it has the GIL
    int64_t busy_ns; // the processor time of the thread
    int64_t inside_ns;
    uint64_t turn;   // Go's: the caller's turn with the baton
    uintptr_t owner; // Go's: finds the call in a callback
    uint64_t thread; // see spk_frame_thread
    uint64_t ticket; // Go's: finds its half of the call; 0: there is none
    // What a program without a handler gave: a Held; an answer in parts that is
    // still to be sent: a Stream; or work for the loop.
    PyObject *held;
    int streams;       // how the parts of a Stream come; 0: there is none
    PyObject *later;   // the background work of an answer; NULL: none
    uintptr_t failure; // a Go error to close held with, whose text is in in; 0: none
    char request_id[128];
    size_t request_id_len;
    // For a worker: what it does, what spk_stream_next gave, and the next frame
    // whose job is done.
    int job, more;
    struct spk_frame *next;
} spk_frame;

// NULL if there is no memory. A frame that is freed or reset must hold nothing.
spk_frame *spk_frame_new(void);
void spk_frame_free(spk_frame *f);
void spk_frame_reset(spk_frame *f, size_t keep); // of each buffer

// Loads an app through the runtime's load function, which is given the JSON
// text of the request. The frame gets the manifest's JSON as its body, or the
// exception. NULL: see the frame. Enters.
spk_app *spk_app_load(uintptr_t id, const char *request, size_t n, spk_frame *f);

// Whether the app has an event loop.
bool spk_app_has_loop(const spk_app *a);

// Ends an app: no program of it may be called after that. How many objects Go
// had not given back. Enters.
size_t spk_app_free(spk_app *a);

// Makes a class of proxies for a Go type, and a proxy for a value of such a type
// that the app keeps: their numbers, or -1 and the frame has the exception.
// Enter.
int64_t spk_app_export(spk_app *a, int class_index, spk_frame *f);
int64_t spk_app_keep(spk_app *a, int export, spk_frame *f);

// Has the app take no more background work. With cancel it cancels what runs, and
// the frame's body is a JSON list of its names. False: the frame has the exception.
// Enters.
bool spk_app_drain(spk_app *a, bool cancel, spk_frame *f);

// Begins the background work of an answer, or drops it. The frame has some. Enters.
void spk_later_end(spk_frame *f, bool begin);

// Compiles a program from its JSON description; NULL: see the frame. Enters.
spk_program *spk_program_new(spk_app *a, const char *description, size_t n, spk_frame *f);
void spk_program_free(spk_program *p); // enters
bool spk_program_async(const spk_program *p);
bool spk_program_suspends(const spk_program *p);

// Runs a program that can't suspend, on this thread. Enters.
void spk_call(spk_program *p, spk_frame *f, const uint8_t *in, size_t n);

// Makes the next part of a Stream, as the frame's body: 1. 0 behind the last one,
// -1 after an exception, which the end of the Stream raises. Enters.
int spk_stream_next(spk_frame *f);

// --- threads for calls that block or compute (worker.c) ---

enum { SPK_JOB_CALL = 0, SPK_JOB_PART = 1 };

// Names the descriptor into which a byte is written when spk_workers_take has
// something to give again. It must not block.
void spk_workers_begin(int fd);

// Has another thread run the frame's program with the frame's input, or make the
// next part of its Stream. The frame is not the caller's until spk_workers_take
// gives it. If no thread is to be had, this one does it. Enters, maybe.
void spk_hand_over(spk_frame *f, int job);

// Takes frames whose jobs are done, at most cap of them. It needs no GIL.
size_t spk_workers_take(spk_frame **out, size_t cap);

// Ends the threads without a job, and waits for their end, without the GIL: how
// many there were.
int spk_workers_end(void);

// --- what the interpreter is doing (inspect.c) ---

// Writes what the runtime's inspect tells to the frame's body, as JSON. False:
// it could not be had. Enters.
bool spk_inspect(spk_frame *f);

// How many objects of the app Go holds. It needs no GIL.
size_t spk_objects_held(const spk_app *a);

// The id that Python has for the thread that the call runs on; 0: none. It needs
// no GIL.
uint64_t spk_frame_thread(const spk_frame *f);
void spk_frame_set_thread(spk_frame *f, bool inside);

// --- event loop (loop.c), on the loop's own thread only ---

// Makes this thread the loop's; the selector's descriptor, or -1 and the
// frame has the exception. Enters.
int spk_loop_begin(spk_app *a, spk_frame *f);

// Starts and cancels calls and completes futures, by a run of spk_finished,
// then runs what is ready, once. done receives the frames of calls that ended,
// at most cap of them; the rest come next time.
// self stands for the loop itself in callbacks. Gives the nanoseconds until the
// loop has work again by itself, -1 for never, 0 for now. Enters.
int64_t spk_loop_step(spk_app *a, spk_frame *self, spk_frame **begin, size_t n, spk_frame **cancel,
                      size_t m, const char *finished, size_t size, spk_frame **done, size_t cap,
                      size_t *ndone);

// Drops references that Go has had. Enters.
void spk_forget(const uint64_t *objects, size_t n);

// Cancels what is left and closes the loop. It must be called, with a step in
// between, until it gives true. Enters.
// With abandon, drops what is left and gives true at once.
bool spk_loop_end(spk_app *a, spk_frame *self, bool abandon);

// --- objects held by Go (object.c) ---

// A program without a handler leaves its values in the frame: meta then holds
// their numbers, 64 bits each, and status is 1 if there is clean-up to run.

// Takes the values of such a program back and runs its clean-up, if it can't
// suspend. One that can is given to spk_loop_step as a start again. Enters.
void spk_held_close(spk_frame *f);

// Each of these finds the object by its number, or gives false, and leaves its
// answer or the exception in the frame: JSON or the key of the type as the body,
// another object as the one value of meta. They enter.
bool spk_object_json(spk_app *a, uint64_t object, spk_frame *f);
bool spk_object_key(spk_app *a, uint64_t object, spk_frame *f);
bool spk_object_attr(spk_app *a, uint64_t object, const char *name, size_t n, spk_frame *f);
bool spk_object_keep(spk_app *a, uint64_t object, spk_frame *f);

// Calls a method, or the object itself for an empty name, with a wire list of
// arguments. If that gives a coroutine, the frame holds it: it is to be given to
// spk_loop_step as a start, or to spk_object_forget.
bool spk_object_call(spk_app *a, uint64_t object, const char *method, size_t n, const uint8_t *args,
                     size_t size, spk_frame *f);
void spk_object_forget(spk_frame *f); // enters

// What else is done with an object.
typedef enum {
    SPK_AWAIT,   // of an awaitable: what it gives
    SPK_ITERATE, // of an iterable: an iteration, for the two below
    SPK_NEXT,    // the next item; meta is empty at the end
    SPK_END,     // closes it; meta is empty
} spk_work;

// Does it as spk_object_call does: there may be something to run on the loop. The
// object that the frame still has of a step before is taken back.
bool spk_object_apply(spk_app *a, uint64_t object, spk_work work, spk_frame *f);

// Gives an object back; a second time does nothing. Enters.
void spk_object_release(spk_app *a, uint64_t object, spk_frame *f);

// Whether this thread has the GIL.
bool spk_holds(void);

// spk_enter or spk_leave, for Go. What it gives is its argument.
bool spk_hold(bool take);

// A new reference, NULL for a number that is nobody's; and the number of a reference
// of its own, 0 without memory. With the GIL.
PyObject *spk_object_pointer(spk_app *a, uint64_t object);
uint64_t spk_object_lend_quietly(spk_app *a, PyObject *object);

#endif
