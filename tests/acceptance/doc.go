// Command acceptance runs language-neutral HTTP cases against spikard, black
// box: for each case it writes a small Python app with the public Python API,
// serves it in this process on a free loopback port, sends the case's
// requests as raw HTTP/1.1 and compares what comes back on the wire.
//
//	go run ./tests/acceptance [-cases FILE] [-category NAME] [-v]
//
// The cases come from -cases, else from SPIKARD_ACCEPTANCE, else from
// ../shared/acceptance/cases.jsonl beside the module root. A few cases of the
// project's own, in testdata/own.jsonl, always run. One row is printed for
// each category, and the last line is
//
//	waived N gate N/N status N/N reply N/N feature N/N
//
// which counts the given file, or the own cases where there is none. The exit
// status is 0 whenever every case ran, whatever it showed: the test beside the
// command compares the counts with floor.json.
//
// # What a case proves
//
// gate and status cases are echo runs ([echoApp]): the handler answers with
// exactly what it was given, so that everything else in the answer is the
// framework's work. reply cases ([replyApp]) return the expected answer from
// the handler and assert it on the wire. feature cases need a scripted handler
// of their own ([scripts]); without one they are failures that say so.
//
// Where the framework's part hangs on an answer that is the handler's own, as
// with compression and rate limits, the handler answers in the case's words and
// tells in X-Told what it was given ([answering]). Hooks are real ones, which
// decide by the request and leave in its state what the handler answers with;
// X-Trail tells which of them ran ([hooked]). A handler that sleeps is played as
// a coroutine and as a plain function ([variants]); files to be served lie in a
// folder that is there as long as the case runs ([stage]).
//
// What is sent in parts is compared whole, and played from an asynchronous and from
// a plain iterator; work in the background is background.run's and the answer's own
// ([variants]). What is cleaned up behind an answer is asked for by a later step, which
// is repeated until it sees it ([settlingScript]).
//
// Cases that are not HTTP have a session, which is played frame by frame against a
// handler of messages and against one that takes the socket ([playSession]), or a
// schema of messages ([playSchema]).
//
// The own cases may give a hook a "level": "app", "router" or "route".
//
// Nothing depends on a case's id, text or position.
package main
