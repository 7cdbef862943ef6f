# Asks a Python what a build against it needs. It must run on any version since
# 2.7, so that the refusal of an old one can name its version.
import sys

# With -c the first entry is the working directory, where a file named json.py
# would be imported in place of the standard library's. -P would need 3.11.
if sys.path and sys.path[0] == "":
    del sys.path[0]

import json
import os
import platform
import sysconfig


def text(path):
    # The file's bytes as UTF-8, whatever the locale made of them.
    if path is None or not hasattr(os, "fsencode"):
        return path
    return os.fsencode(path).decode("utf-8", "surrogateescape")


get = sysconfig.get_config_var
report = {
    "implementation": platform.python_implementation(),
    "version": sys.version.split()[0],
    "build": sys.version,
    "major": sys.version_info[0],
    "minor": sys.version_info[1],
    "free_threaded": bool(get("Py_GIL_DISABLED")),
    "executable": text(sys.executable),
    "base_prefix": text(getattr(sys, "base_prefix", sys.prefix)),
    "ldversion": get("LDVERSION") or get("VERSION"),
    "multiarch": get("MULTIARCH"),
    "libdir": text(get("LIBDIR")),
    "libpl": text(get("LIBPL")),
    "instsoname": get("INSTSONAME"),
    "framework": get("PYTHONFRAMEWORK"),
    "framework_prefix": text(get("PYTHONFRAMEWORKPREFIX")),
    # Of a virtual environment these are its base's.
    "include": [text(sysconfig.get_path(name)) for name in ("include", "platinclude")],
}
sys.stdout.write("\nspikard-pyconfig:" + json.dumps(report) + "\n")
