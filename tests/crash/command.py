"""Runs ``dcim`` again and again without importing it each time: a fork a run, as the command line would.

stdin    {"argv": [...], "env": {...}, "path": "folder in front of sys.path", "out": "file"}
stdout   {"code": 1}
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback

import dcim.cli.running.check  # imported once, for every fork
import dcim.cli.running.run  # noqa: F401
from dcim import plugins
from dcim.cli import main


def run(asked: dict[str, object]) -> None:
    os.environ.update({name: str(value) for name, value in dict(asked["env"]).items()})  # type: ignore[call-overload]
    handle = os.open(str(asked["out"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    if asked["path"]:
        sys.path.insert(0, str(asked["path"]))
        plugins.installed.cache_clear()
        plugins.found.cache_clear()
    signal.alarm(60)  # what should not start, and did, ends
    sys.argv = ["dcim", *map(str, list(asked["argv"]))]  # type: ignore[call-overload]
    main()


for group in ("dcim.collectors", "dcim.channels"):
    dict(plugins.found(group))
for line in sys.stdin:
    child = os.fork()
    if not child:
        code = 70
        try:
            run(json.loads(line))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
        except BaseException:  # noqa: BLE001  told by its traceback, which the test looks for
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    _, status = os.waitpid(child, 0)
    print(json.dumps({"code": os.waitstatus_to_exitcode(status)}), flush=True)
