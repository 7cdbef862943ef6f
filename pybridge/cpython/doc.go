// Package cpython is the in-process engine: it opens a libpython from 3.10 to
// 3.14 at run time, or takes the one that the program is linked with (package
// gopython3), and runs Python on the goroutines' own threads.
//
// # How a call runs
//
// A request's goroutine takes the baton, so that goroutines queue for the GIL
// and not OS threads, and crosses into C once (package internal/shim): inputs
// become objects, the code runs, the answer becomes JSON. A call that stays
// inside for long, because its code blocks, loses the baton to the next one;
// the GIL it has given up itself. Programs that are known for such calls have them
// done by workers, on threads that are not Go's, without the baton.
//
// Coroutine functions without a suspension point run the same way, under the
// lock of their app's event loop. The others are tasks on that loop, which one
// goroutine, locked to its OS thread, steps when Go's poller, a timer or a new
// request says that there is work.
//
// Python finds Go's half of a call, and the Go values in it, by a ticket: a
// number that is void when the call's Result is released. Go that Python awaits
// runs on a goroutine, and the loop's next step completes the future.
//
// # The rules
//
//   - A thread state never moves to another OS thread; the shim keeps one for
//     each thread.
//   - Order of locks: an app's loop, the baton, the GIL. Nobody waits for one
//     of them while holding a later one.
//   - Go code that Python calls runs without the GIL and without the baton. A
//     loop whose code called it waits: asynchronous code of the same app that
//     it asks for is refused, as it could never run. What is awaited is begun
//     with the GIL held, so beginning it takes no lock that is held for long.
//   - A Go error in a Python exception, and a future that Go is to complete, have
//     one owner each: the exception, and the goroutine.
//   - An answer is written before the clean-up of what it was made from, and
//     goes out after it: what a clean-up raises is the answer instead.
//   - What is inside Python can't be stopped from outside. An app is freed when
//     its last call and its last result are gone, never earlier.
//   - One interpreter for a process. It is never finalized: threads of Python
//     libraries may still run, and CPython would end or hang them (gh-87135).
package cpython
