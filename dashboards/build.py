"""Write every dashboard: ``python dashboards/build.py``; ``--check`` writes nothing and tells what differs.

Needs grafana-foundation-sdk (an extra of development); what it writes is committed and travels in the wheel.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from boards.all import BOARDS
from boards.make import text_of
from boards.panel import Source
from dcim.alerts import Language
from dcim.grafana import Place, provisioning
from dcim.grafana import Source as Default

HERE: Final = Path(__file__).parent


def files() -> Iterator[tuple[Path, str]]:
    """Yield every file that is generated, and what it should hold."""
    for source in Source:
        for language in Language:
            for board in BOARDS:
                yield HERE / source / language / f"{board.name}.json", text_of(board, source, language)
    for name, text in provisioning(Place(), Default.PROMETHEUS).items():
        yield HERE / "provisioning" / name, text


def main(arguments: Sequence[str]) -> int:
    """Write the files, or with ``--check`` say which are not as they should be: then return 1."""
    wanted = dict(files())
    folders = [HERE / source / language for source in Source for language in Language]
    stray = [path for folder in folders for path in folder.glob("*.json") if path not in wanted]
    wrong = [path for path, text in wanted.items() if not path.is_file() or path.read_text("utf-8") != text]
    if "--check" in arguments:
        for path in (*wrong, *stray):
            sys.stdout.write(f"{path.relative_to(HERE)}: not what the definitions say; run build.py\n")
        return 1 if wrong or stray else 0
    for path in wrong:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
    for path in stray:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
