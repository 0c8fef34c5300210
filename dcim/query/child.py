"""``python -m dcim.query.child``: the child process that answers queries.

    in    lines of JSON: news of the daemon, and questions      {"devices": ...} {"tick": ...} {"ask": ...}
    out   frames: kind, length, bytes                           one head, pieces of the body, an end

Niced and limited in memory: a query that takes too much of anything costs this process, and nobody else.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final

from dcim.query import written
from dcim.query.answer import Asked, answer, failure, weighed
from dcim.query.frames import BODY, END, FRAME, HEAD
from dcim.query.source import World

MEMORY: Final = 2 << 30
"""Most memory of this process, in bytes."""
_NICE: Final = 5


def main() -> None:
    """Answer one question after the other until nobody asks any more."""
    gc.freeze()  # what imports made stays
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr  # nothing else ever stands between frames
    world = World(Path(sys.argv[1]))
    for line in sys.stdin.buffer:
        said = json.loads(line)
        if "ask" in said:
            reply(world, said["ask"], out, quick=said.get("quick", False))
        else:
            world.tell(said)


def reply(world: World, ask: Mapping[str, Any], out: BinaryIO, *, quick: bool = False) -> None:
    """Write the answer to a question: an error is one too, as long as nothing was written of another.

    With ``quick`` one that is not cheap is not begun: its head says so, and no more comes.
    """
    begun = False
    try:
        if quick and not weighed(world, Asked.of(ask)).cheap:
            _frame(out, HEAD, b'{"heavy":true}')
            _frame(out, END, b"")
            out.flush()
            return
        for piece in _pieces(world, ask):
            if not begun:
                _frame(out, HEAD, b"{}")
                begun = True
            _frame(out, BODY, piece)
    except Exception as why:
        if begun:
            raise  # half an answer is none: whoever waits sees the process end
        kind, text = failure(why)
        _frame(out, HEAD, json.dumps({"error": kind}).encode())
        _frame(out, BODY, written.refusal(kind, text))
    _frame(out, END, b"")
    out.flush()


def _pieces(world: World, ask: Mapping[str, Any]) -> Iterator[bytes]:
    """Give the answer; its first piece is made at once."""
    pieces = answer(world, Asked.of(ask))
    return chain([next(pieces)], pieces)


def _frame(out: BinaryIO, kind: bytes, data: bytes) -> None:
    out.write(FRAME.pack(kind, len(data)))
    out.write(data)


if __name__ == "__main__":
    main()
