package pybridgetest

import (
	"log/slog"
	"strings"
	"testing"
)

func testLogging(t *testing.T, s *suite) {
	r := s.load(t, `
import asyncio, logging, warnings
from spikard import Spikard
app = Spikard()
log = logging.getLogger("shop.orders")

def write(where):
    log.debug("debug %s", where)
    log.info("info %s", where, extra={"order": 7, "odd": object})
    log.warning("warning %s", where)
    log.critical("critical %s", where)
    log.log(25, "between %s", where)
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed %s", where)

@app.get("/sync")
def sync():
    write("sync")

@app.get("/inline")
async def inline():
    write("inline")

@app.get("/suspending")
async def suspending():
    await asyncio.sleep(0)
    write("suspending")
    await asyncio.to_thread(log.error, "in a thread")

@app.get("/broken")
def broken():
    logging.raiseExceptions = False
    log.info("%d", "no number")
    log.info("surrogate \ud800")
    logging.raiseExceptions = True
    log.info("after")
`)
	for _, where := range []string{"sync", "inline", "suspending"} {
		r.answers("/"+where, nil, `null`)
		for message, level := range map[string]slog.Level{
			"debug": slog.LevelDebug, "info": slog.LevelInfo, "between": 2, "warning": slog.LevelWarn,
			"failed": slog.LevelError, "critical": 12,
		} {
			record, ok := r.log.find(message + " " + where)
			if !ok || record.level != level || record.attrs["logger"] != "shop.orders" ||
				record.attrs["request_id"] != "id-of/"+where || !strings.Contains(record.attrs["python"], "app.py:") {
				t.Errorf("%s %s: %v", message, where, record)
			}
		}
		if record, _ := r.log.find("info " + where); record.attrs["order"] != "7" {
			t.Errorf("extra is lost: %v", record)
		}
		if record, _ := r.log.find("failed " + where); !strings.Contains(record.attrs["traceback"], "ZeroDivisionError") {
			t.Errorf("the traceback is lost: %v", record)
		}
	}
	if record, ok := r.log.find("in a thread"); !ok || record.attrs["request_id"] != "id-of/suspending" {
		t.Errorf("from a thread: %v", record)
	}
	r.answers("/broken", nil, `null`)
	if _, ok := r.log.find("after"); !ok {
		t.Errorf("nothing is logged after a record that can't be: %v", r.log.messages())
	}
}

// What print writes must be in the pipe at once, not when a buffer is full.
func testOutput(t *testing.T, s *suite) {
	r := s.load(t, `
import os, select, sys
from spikard import Spikard
app = Spikard()

def through_pipe(stream, fd):
    reader, writer = os.pipe()
    stream.flush()
    saved = os.dup(fd)
    os.dup2(writer, fd)
    try:
        print("a line é", file=stream)
        ready = select.select([reader], [], [], 5)[0]
        return os.read(reader, 100).decode() if ready else "nothing"
    finally:
        stream.flush()
        os.dup2(saved, fd)
        for n in (saved, reader, writer):
            os.close(n)

@app.get("/print")
def show():
    return [through_pipe(sys.stdout, 1), through_pipe(sys.stderr, 2)]
`)
	r.answers("/print", nil, `["a line é\n","a line é\n"]`)
}

// Python lives in a process that is not its own.
func testGuest(t *testing.T, s *suite) {
	r := s.load(t, `
import os, signal, subprocess, sys
from spikard import Spikard
app = Spikard()

def refused(what, *args):
    try:
        what(*args)
    except (RuntimeError, ValueError) as exc:
        return str(exc)

@app.get("/fork")
def fork():
    return [refused(os.fork), refused(os.forkpty)]

@app.get("/signal")
def set_signal():
    return [refused(signal.signal, signal.SIGINT, print), refused(signal.set_wakeup_fd, 1)]

@app.get("/subprocess")
def run():
    code = "import sys; print(sys.executable, sys.prefix, sys.version_info[:2])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return out.stdout.strip() == f"{sys.executable} {sys.prefix} {sys.version_info[:2]}"

@app.get("/many")
def many():
    return sum(subprocess.run(["true"]).returncode for _ in range(50))

@app.get("/shell")
def shell():
    return subprocess.check_output("echo $0 && exit 0", shell=True, text=True, start_new_session=True) != ""

@app.get("/info")
def info():
    return [sys.executable, sys.prefix, ".".join(map(str, sys.version_info[:3]))]

@app.get("/main")
def main():
    return getattr(sys, "argv", None) is not None and sys.flags.dev_mode is False
`)
	const fork = "os.fork() is not possible inside a Go process; use subprocess, or multiprocessing with the start method 'spawn'"
	const signals = "signals are handled by the Go program; use on_shutdown to act before it stops"
	r.answers("/fork", nil, `["`+fork+`","`+fork+`"]`)
	r.answers("/signal", nil, `["`+signals+`","`+signals+`"]`)
	r.answers("/subprocess", nil, `true`)
	r.answers("/many", nil, `0`)
	r.answers("/shell", nil, `true`)
	r.answers("/main", nil, `true`)
	info := r.engine.Info()
	r.answers("/info", nil, `["`+info.Executable+`","`+info.Prefix+`","`+info.Version+`"]`)
}

func testMultiprocessing(t *testing.T, s *suite) {
	r := s.load(t, `
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor
from spikard import Spikard
app = Spikard()

def square(n):
    return [n * n, os.getpid()]

@app.get("/pool")
def pool():
    with multiprocessing.Pool(1) as pool:
        value, pid = pool.apply(square, (7,))
    return [value, pid != os.getpid()]

@app.get("/executor")
def executor():
    with ProcessPoolExecutor(1) as pool:
        value, pid = pool.submit(square, 8).result()
    return [value, pid != os.getpid()]

@app.get("/method")
def method():
    return multiprocessing.get_start_method()
`)
	r.answers("/method", nil, `"spawn"`)
	r.answers("/pool", nil, `[49,true]`)
	r.answers("/executor", nil, `[64,true]`)
}
