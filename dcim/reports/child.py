"""``python -m dcim.reports.child``: the child process that makes a report. One job as JSON on its input.

It is niced, limited in memory, and reads snapshots; it says what it does as lines of JSON on its output, the
last one being the report it kept or why there is none. Only its parent writes to the ledger.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from dcim.model import DcimError
from dcim.record import dataclass
from dcim.reports.issue import draft
from dcim.reports.make import in_small_pages, seldom_collected
from dcim.reports.model import Kind, Microseconds
from dcim.reports.wish import Wish

MEMORY: Final = 2 << 30
"""Most memory of this process, in bytes: beyond it, it fails and the daemon goes on."""
_NICE: Final = 15


@dataclass(frozen=True, slots=True)
class Job:
    """What to make: a report of a state directory, as of a moment."""

    state: str
    wish: Wish
    now: Microseconds
    software: str

    def to_json(self) -> str:
        """Return the job as the child reads it."""
        wish = asdict(self.wish) | {"languages": [], "forms": []}
        return json.dumps({"state": self.state, "wish": wish, "now": self.now, "software": self.software})

    @classmethod
    def from_json(cls, text: str) -> Job:
        """Read a job."""
        held = json.loads(text)
        wish = Wish(**{**held["wish"], "kind": Kind(held["wish"]["kind"]), "languages": (), "forms": ()})
        return cls(held["state"], wish, held["now"], held["software"])


def main() -> None:
    """Do the one job on standard input, politely."""
    gc.freeze()  # what imports made stays
    seldom_collected()
    in_small_pages()
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    job = Job.from_json(sys.stdin.read())
    try:
        made = draft(Path(job.state), job.wish, job.now, job.software, lambda word: _say({"step": word}))
    except DcimError as why:
        _say({"refused": str(why)})
        return
    except OSError as why:
        _say({"failed": f"the report could not be written or read: {why.strerror or why}"})
        return
    _say({"issued": dict(made.issued.body()), "sequence": made.issued.sequence, "fresh": made.fresh})


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
