"""Joins the parts of the verifier to the one file that an auditor runs: plain Python, nothing of dcim."""

from __future__ import annotations

import ast
from functools import lru_cache
from importlib.resources import files
from typing import Final

NAME: Final = "verify.py"
PARTS: Final = (
    "claimwords",
    "words",
    "report",
    "strict",
    "ed25519",
    "files",
    "shapes",
    "chain",
    "tokens",
    "stamps",
    "keys",
    "timeline",
    "figures",
    "counters",
    "demand",
    "supplies",
    "declared",
    "bands",
    "accounts",
    "described",
    "rows",
    "shares",
    "energy",
    "rollups",
    "labels",
    "claims",
    "issued",
    "replays",
    "main",
)
"""In the order in which they need each other."""

_OURS: Final = "dcim."
_HEAD: Final = '''#!/usr/bin/env python3
"""Checks a bundle that `dcim ledger export` wrote. Plain Python 3.8 or later, nothing to install.

    python3 verify.py DIR [--key FILE|HEX]... [--head 'site chain epoch sequence hash']... [--lang fr|en]

exit 0  it holds, and the key or head that you kept elsewhere says so
exit 1  something is wrong; every finding is printed
exit 2  consistent in itself; without a key or head of yours, who signed is not checked; or what you gave does
        not vouch for all that claims rest on; or it says that it was exported without the private key, so
        that nobody signed its manifest; or it is that of a replay, and no site's own
exit 64 wrong usage

This copy came with the bundle: whoever could change the bundle could change it too. Compare it with the one
of your own dcim (`dcim ledger verifier > verify.py`), or read it.
"""

from __future__ import annotations
'''
_TAIL: Final = '\n\nif __name__ == "__main__":\n    sys.exit(main())\n'


@lru_cache(maxsize=1)
def verifier() -> str:
    """Return the text of ``verify.py``: the same bytes for the same version of dcim."""
    folder = files("dcim.evidence") / "verifier"
    imports: set[str] = set()
    bodies = []
    for name in PARTS:
        text = (folder / f"{name}.py").read_text(encoding="utf-8")
        found, body = _parted(text)
        imports |= found
        bodies.append(f"# --- {name}\n{body}")
    return f"{_HEAD}\n{_sorted(imports)}\n\n" + "\n\n".join(bodies) + _TAIL


def _parted(text: str) -> tuple[set[str], str]:
    """Return the imports of a part, but those of other parts, and what stands below them."""
    lines = text.splitlines(keepends=True)
    imports: set[str] = set()
    last = 0
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            imports |= {f"import {alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.module != "__future__" and not str(node.module).startswith(_OURS):
                imports |= {f"from {node.module} import {alias.name}" for alias in node.names}
        elif not (isinstance(node, ast.Expr) and not last):  # the docstring
            break
        last = node.end_lineno or last
    docstring = ast.get_docstring(ast.parse(text)) or ""
    said = "".join(f"# {line}".rstrip() + "\n" for line in docstring.splitlines())
    return imports, said + "".join(lines[last:]).rstrip() + "\n"


def _sorted(imports: set[str]) -> str:
    return "\n".join(sorted(imports, key=lambda line: (line.startswith("from"), line)))
