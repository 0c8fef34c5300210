"""``python -m dcim.redundancy.child``: the process in which losses are tried all the time.

Niced and limited in memory. Frames come on its input and go on its output; it ends with its input.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
from typing import BinaryIO, Final

from dcim.redundancy.engine import Engine
from dcim.redundancy.frames import LENGTH, framed, opened
from dcim.redundancy.message import Built

MEMORY: Final = 2 << 30
"""Most memory of this process, in bytes: beyond it, it fails and the daemon starts another."""
_NICE: Final = 15
_SEARCH: Final = 500
"""Messages after which circles of objects are looked for: none are known to be made, and in half a million
objects a look costs a third of all losses."""


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer every frame in turn, the first of which says how the site is built, until the input ends."""
    engine: Engine | None = None
    count = 0
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        message = opened(source.read(LENGTH.unpack(head)[0]))
        reply = None
        if isinstance(message, Built):
            engine = Engine(message)
        elif engine is not None:
            reply = engine.take(message)
        sink.write(framed(reply))
        sink.flush()
        count += 1
        if count % _SEARCH == 0:
            gc.collect()


def main() -> None:
    """Serve politely. Who stops a daemon signals all its processes at once; this one ends with its input."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.disable()
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
