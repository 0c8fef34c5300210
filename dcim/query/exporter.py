"""``python -m dcim.query.exporter``: the child process that writes a Parquet file. In and out as ``child``.

It does one export and ends. Niced more than what answers queries: nobody waits for it at a screen.
"""

from __future__ import annotations

import gc
import io
import json
import os
import resource
import sys
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, cast

from dcim.query import written
from dcim.query.answer import Asked, failure
from dcim.query.frames import BODY, END, FRAME, HEAD
from dcim.query.parquet import export
from dcim.query.source import World

MEMORY: Final = 2 << 30
"""Most memory of this process, in bytes."""
_NICE: Final = 15
_PIECE: Final = 1 << 20


class Framed(io.RawIOBase):
    """A file whose bytes go out in frames of a body, the head before the first of them."""

    def __init__(self, out: BinaryIO) -> None:
        self.begun = False
        self._out = out

    def writable(self) -> bool:
        """Return that it is written to."""
        return True

    def write(self, data: Any) -> int:
        """Write some bytes."""
        held = memoryview(data).cast("B")
        for low in range(0, len(held), _PIECE):
            self.frame(BODY, bytes(held[low : low + _PIECE]))
        return len(held)

    def frame(self, kind: bytes, data: bytes) -> None:
        """Write one frame."""
        if not self.begun and kind != HEAD:
            self.frame(HEAD, b"{}")
        self.begun = True
        self._out.write(FRAME.pack(kind, len(data)))
        self._out.write(data)


def main() -> None:
    """Write the one file that is asked for."""
    gc.freeze()  # what imports made stays
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr  # nothing else ever stands between frames
    world = World(Path(sys.argv[1]), kept=0)
    for line in sys.stdin.buffer:
        said = json.loads(line)
        if "ask" in said:
            _export(world, Asked.of(said["ask"]), out)
            return
        world.tell(said)


def _export(world: World, asked: Asked, out: BinaryIO) -> None:
    framed = Framed(out)
    try:
        export(world, asked.match, asked.start, asked.end, cast("IO[bytes]", framed))
    except Exception as why:
        if framed.begun:
            raise  # half a file is none: whoever waits sees the process end
        kind, text = failure(why)
        framed.frame(HEAD, json.dumps({"error": kind}).encode())
        framed.frame(BODY, written.refusal(kind, text))
    framed.frame(END, b"")
    out.flush()


if __name__ == "__main__":
    main()
