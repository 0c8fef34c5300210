"""What the pages say can be done can be done: links lead somewhere, commands and files are there. Pains: L2."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from dcim import plugins
from dcim.cli import COMMANDS, build
from dcim.settings import survey
from dcim.settings.reading import shapes
from dcim.simulator.files import names

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")), key=lambda path: path.relative_to(ROOT).as_posix()
)
FOREIGN = frozenset({"--check", "--losses", "--only", "--openssl", "--tsa", "--web"})
"""Options that the docs name of programs other than ``dcim``: benchmarks, verify.py, build.py, Prometheus."""

Tree = Mapping[tuple[str, ...], frozenset[str]]


def _pages() -> Iterator[tuple[str, str]]:
    for path in PAGES:
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def _anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as those who show Markdown make them."""
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", outside, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_leads_to_a_page_and_a_heading_that_are_there() -> None:
    wrong = []
    for name, text in _pages():
        for link in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", text):
            page, _, anchor = link.partition("#")
            target = (ROOT / name).parent / page if page else ROOT / name
            there = target.exists() and (not anchor or anchor in _anchors(target.read_text(encoding="utf-8")))
            wrong += [] if there else [f"{name}: {link}"]
    assert wrong == []


def test_every_file_of_the_project_that_a_page_names_is_there() -> None:
    rooms = "bench|collectors|config|dashboards|dcim|docs|systemd|tests|tools"
    named = [
        (name, path) for name, text in _pages() for path in re.findall(rf"`((?:{rooms})/[\w./-]+)`", text)
    ]
    assert len(named) > 50
    assert [f"{name}: {path}" for name, path in named if not (ROOT / path).exists()] == []


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    """Yield every command, and command of a command, with its options."""
    yield path, frozenset(("--help", *(option for one in command.params for option in one.opts)))
    for name, one in getattr(command, "commands", {}).items():
        yield from _commands(one, (*path, name))


def _said(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command line: in backticks, or at the beginning of a line."""
    for line in text.replace("\\\n", " ").splitlines():
        for found in re.findall(r"(?:^ *(?:\$ )?|`|/bin/)dcim ([a-z-]+[^`|#()]*)", line):
            yield tuple(word.strip("[],.;:") for word in found.split())


def _wrong(words: tuple[str, ...], tree: Tree) -> str:
    path: tuple[str, ...] = ()
    while len(path) < len(words) and (*path, words[len(path)]) in tree:
        path = (*path, words[len(path)])
    asked = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    unknown = asked - tree[path]
    return f"dcim {' '.join(words)}: {sorted(unknown) or words[0]}" if not path or unknown else ""


def test_every_command_and_option_that_a_page_names_is_there() -> None:
    tree = dict(_commands(typer.main.get_command(build(list(COMMANDS)))))
    said = [(name, words) for name, text in _pages() for words in _said(text)]
    assert len(said) > 150
    assert [f"{name}: {told}" for name, words in said if (told := _wrong(words, tree))] == []
    options = frozenset().union(*tree.values()) | FOREIGN
    alone = [(name, one) for name, text in _pages() for one in re.findall(r"`(--[a-z-]+)[^`]*`", text)]
    assert [f"{name}: {one}" for name, one in alone if one not in options] == []


def test_the_readme_names_every_command() -> None:
    said = {words[0] for words in _said((ROOT / "README.md").read_text(encoding="utf-8"))}
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert sorted(name for name in COMMANDS if name not in said and f"`{name}`" not in text) == []


def test_every_scenario_of_the_simulator_has_one_row() -> None:
    text = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")
    table = text.partition("\n## Scenarios\n")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)) == sorted(names("scenarios"))


def _examples() -> Iterator[tuple[str, str]]:
    """Yield the parts of a configuration that the pages show."""
    for name, text in _pages():
        for block in re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            keys = set(re.findall(r"^([a-z_]+):", block, re.MULTILINE))
            if keys and keys <= set(shapes.FileShape.model_fields) and "profile" not in name:
                yield name, block


def test_every_part_of_a_configuration_that_a_page_shows_is_read(tmp_path: Path) -> None:
    """Names that stand elsewhere may be missing, and so may what an example leaves out with three dots."""
    elsewhere = re.compile(
        r": no (?!channel type|collector)[\w, ]+ '|feeds nothing: name it in fed_by|does not feed it"
    )
    wrong, read = [], 0
    for name, block in _examples():
        head = "".join(
            f"{line}\n"
            for key, line in (("format", "format: 1"), ("site", "site: {id: x}"))
            if not re.search(rf"^{key}:", block, re.MULTILINE)
        )
        short = "..." in block
        written = tmp_path / "dcim.yaml"
        written.write_text(head + re.sub(r",? \.\.\.", "", block), encoding="utf-8")
        _, problems = survey(written, plugins.collectors(), plugins.channel_types(), plugins.output_types())
        read += 1
        wrong += [
            f"{name}: {one}"
            for one in map(str, problems)
            if not elsewhere.search(one) and not (short and one.endswith(": missing"))
        ]
    assert read >= 12
    assert wrong == []


def _tabled(page: str) -> set[str]:
    """Return the commands, with their own commands, that a page's tables name."""
    rows = [
        line for line in (ROOT / page).read_text(encoding="utf-8").splitlines() if line.startswith("| `dcim ")
    ]
    return {
        " ".join(re.findall(r"^[a-z-]+(?: [a-z]+\b)?", said))
        for row in rows
        for said in re.findall(r"`dcim ([^`]+)`", row)
    }


def test_what_is_said_in_french_names_the_same_commands_and_every_page_is_reached() -> None:
    english, french = _tabled("README.md"), _tabled("README.fr.md")
    assert len(english) > 30
    assert french == english
    front = (ROOT / "README.fr.md").read_text(encoding="utf-8")
    assert [
        page.name for page in (ROOT / "docs" / "fr").glob("*.md") if f"(docs/fr/{page.name})" not in front
    ] == []
