"""No module needs itself by a detour: what only a type checker reads and what is imported late count too."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSES = ("dcim", "collectors", "bench", "dashboards")


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what can be or hold an import, which no expression can."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield child
            yield from _statements(child)


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.long
def test_no_imports_run_in_a_circle() -> None:
    files = {_name(path): path for house in HOUSES for path in sorted((ROOT / house).rglob("*.py"))}
    needs = {
        name: {one for one in _imported(ast.parse(path.read_text())) if one in files and one != name}
        for name, path in files.items()
    }
    faces = {name for name, path in files.items() if path.name == "__init__.py"}
    for face in faces:  # a package's face shows its rooms, and the rooms know each other by name
        for name in needs:
            if name.startswith(f"{face}."):
                needs[name].discard(face)
    circle: list[str] = []
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as found:
        circle = found.args[1]
    assert not circle, " -> ".join(circle)
    assert len(needs) > 500  # all of the house was read
