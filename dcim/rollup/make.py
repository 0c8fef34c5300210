"""``python -m dcim.rollup.make``: the child process that makes blocks. One job as JSON on its input.

Niced, limited in memory, one polars thread (set by its parent), as the one that closes. What it made counts
only when its parent has written it down.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import Final

from dcim.rollup.making import Job, make

MEMORY: Final = 2 << 30
"""Most memory of this process, in bytes: beyond it, it fails and the daemon goes on."""
_NICE: Final = 15


def main() -> None:
    """Do the one job on standard input, politely."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    make(Job.from_json(sys.stdin.read()))


if __name__ == "__main__":
    main()
