"""Starts on what a power cut left, each time in a new process, and says what it found.

stdin    {"state": "folder", "said": "what the writer had said by then"}
stdout   {"wrong": ""}, or a traceback in place of the empty text
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from pathlib import Path

import polars  # noqa: F401  imported before the fork, like the rest

from dcim.clock import SystemClock
from dcim.history import History

from .acknowledged import Acknowledged, check
from .cut_writer import FIRST, LAYOUT


async def readings(folder: Path) -> set[int]:
    history = History.open(folder, SystemClock())
    rows = await asyncio.to_thread(history.query, list(LAYOUT.ids), float(FIRST), FIRST + 1e6)
    await history.aclose()
    return {round(at / 1000) for at in rows["at"].to_list()}


def judge(state: Path, said: str) -> None:
    acknowledged, kept = Acknowledged(), set()
    for line in said.splitlines():
        if line.startswith("ack "):
            acknowledged.note(line)
        elif line.startswith("kept "):
            kept.add(int(line.split()[1]))
    check(state, acknowledged, 0)
    assert kept <= asyncio.run(readings(state / "history"))


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            wrong = ""
            try:
                judge(Path(asked["state"]), asked["said"])
            except BaseException:  # noqa: BLE001  told by its traceback
                wrong = traceback.format_exc()
            os.write(writing, wrong.encode()[-30_000:])
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as answer:
            wrong = answer.read()
        _, status = os.waitpid(child, 0)
        print(json.dumps({"wrong": wrong or ("" if status == 0 else f"ended with {status}")}), flush=True)


if __name__ == "__main__":
    main()
