// What Python asks of Go. callback.go exports the functions, ask.c calls them.
#ifndef SPK_ASK_H
#define SPK_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What is asked; the numbers are those of callback.go and of _runtime_go.py.
enum {
    ASK_METHOD,
    ASK_BUILD,
    ASK_CLOSE,
    ASK_OPEN,
    ASK_GET,
    ASK_END,
    ASK_BEGIN,
    ASK_SEND,
    ASK_RECEIVE,
    ASK_GONE,
    ASK_JOIN,
    ASK_CAST,
};

// pybridge.MessageValue
enum { MESSAGE_VALUE = 3 };

typedef struct {
    int kind;
    int export, method; // of a method
    uint64_t ticket;    // of the call or scope that is asked; 0: of none
    uint64_t caller;    // of the call that asks; 0: not known, or none
    uint64_t number;    // of the Go value, of the segment, or of the kind of a message
    // The JSON arguments of a method, the numbers of a segment's arguments, the
    // key to get, the type and the message of a failure, each a run, the JSON of
    // an answer's head, a message, or a group as a run, before the message to it.
    // Valid during the call.
    const char *data;
    size_t len;
    bool fails;       // there is a failure to clean up with
    uintptr_t cause;  // the Go error behind that failure; 0: none
    uintptr_t future; // who is told later: a reference that Go owns; 0: the caller waits
} spk_ask;

// What Go gave. The memory is malloc'ed and the receiver's.
typedef struct {
    char *data; // wire values, or the error's text
    size_t len;
    uint64_t *objects; // Python objects that Go gives back
    size_t nobjects;
    uintptr_t error;    // the error, which is the receiver's; 0: there is none
    uint64_t operation; // what was begun, if there is a future
} spk_told;

// The head of what Go tells later. The data and the objects follow.
typedef struct {
    uint64_t future, ticket, error;
    uint32_t kind, len, nobjects, unused;
} spk_finished;

#endif
