"""An app whose one handler runs a module of test_asyncio on the engine's loop."""

from __future__ import annotations

import json
import os
import threading
from typing import Any

import driven
import run

from spikard import Spikard

app = Spikard()


@app.get("/")
def index() -> Any:
    # A request's thread may be the one that Python was started on, which asyncio takes
    # for the main thread, or another: the outcome must not hang on that.
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def work() -> None:
    module = os.environ["SPIKARD_ASYNCIO_MODULE"]
    driven.install(module)
    with open(os.environ["SPIKARD_ASYNCIO_OUT"], "w", encoding="utf-8") as out:
        json.dump(run.run(module), out)
