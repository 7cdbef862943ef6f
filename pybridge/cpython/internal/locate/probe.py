# Asks a Python what it is. It must run on any version since 2.7, so that the
# refusal of an old one can name its version.
import sys

# With -c the first entry is the working directory, where a file named json.py
# would be imported in place of the standard library's. -P would need 3.11.
if sys.path and sys.path[0] == "":
    del sys.path[0]

import encodings
import json
import os
import sysconfig

implementation = getattr(sys, "implementation", None)
if implementation is not None:
    name = implementation.name
else:
    import platform

    name = platform.python_implementation().lower()


def text(path):
    # The file's bytes as UTF-8, whatever the locale made of them.
    if path is None or not hasattr(os, "fsencode"):
        return path
    return os.fsencode(path).decode("utf-8", "surrogateescape")


get = sysconfig.get_config_var
report = {
    "implementation": name,
    "version": sys.version.split()[0],
    "major": sys.version_info[0],
    "minor": sys.version_info[1],
    "micro": sys.version_info[2],
    "is64": sys.maxsize > 2**32,
    "free_threaded": bool(get("Py_GIL_DISABLED")),
    "executable": text(sys.executable),
    "prefix": text(sys.prefix),
    "base_prefix": text(getattr(sys, "base_prefix", sys.prefix)),
    "abiflags": getattr(sys, "abiflags", ""),
    "utf8_mode": bool(getattr(sys.flags, "utf8_mode", 0)),
    "enable_shared": bool(get("Py_ENABLE_SHARED")),
    "libdir": text(get("LIBDIR")),
    "multiarch": get("MULTIARCH"),
    "libpl": text(get("LIBPL")),
    "ldlibrary": get("LDLIBRARY"),
    "instsoname": get("INSTSONAME"),
}
sys.stdout.write("\nspikard-probe:" + json.dumps(report) + "\n")
