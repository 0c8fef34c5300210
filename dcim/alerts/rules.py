"""Rule files to rules: everything is checked, and every mistake is told at once with its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Final

from dcim.alerts.compile import compile_override, compile_rule
from dcim.alerts.rule import Rule
from dcim.alerts.ruleset import Override, RuleSet
from dcim.alerts.shapes import RuleFile
from dcim.model import ConfigError, Problem
from dcim.resources import resource
from dcim.yaml import Document, nearest, read, shape

_ALWAYS: Final = "always.yaml"


def shipped_files(*, every: bool = True) -> tuple[Path, ...]:
    """Return the rule files that come with the program, by name; not ``every``: those no site is without."""
    files = sorted(resource("config", "alerts").glob("*.yaml"))
    return tuple(file for file in files if every or file.name == _ALWAYS)


def shipped_rules() -> RuleSet:
    """Return the rules that come with the program."""
    return read_rules(())


def read_rules(
    paths: Sequence[Path], devices: Collection[str] | None = None, *, shipped: bool = True
) -> RuleSet:
    """Return the shipped rules and those in ``paths``; raise ConfigError with every mistake in all files.

    ``devices`` are the ids in the configuration; overrides that name another are mistakes. Without
    ``shipped`` a site still has the rule that tells of devices that do not answer (B15).
    """
    documents: list[Document] = []
    problems: list[Problem] = []
    for path in (*shipped_files(every=shipped), *paths):
        try:
            documents.append(read(path))
        except ConfigError as wrong:
            problems += wrong.problems
    rules, found = compile_rules(documents, devices)
    if problems or found:
        raise ConfigError((*problems, *found))
    return rules


def compile_rules(
    documents: Iterable[Document], devices: Collection[str] | None = None
) -> tuple[RuleSet, list[Problem]]:
    """Return the rules and overrides of all files that are right, and what is wrong with the others."""
    problems: list[Problem] = []
    files: list[tuple[Document, RuleFile]] = []
    for document in documents:
        file, wrong = shape(document, RuleFile)
        problems += wrong
        if file is not None:
            files.append((document, file))
    rules: dict[str, Rule] = {}
    for document, file in files:
        problems += _add_rules(document, file, rules)
    overrides: list[Override] = []
    for document, file in files:
        problems += _add_overrides(document, file, rules, overrides, devices)
    return RuleSet(rules, tuple(overrides)), problems


def _add_rules(document: Document, file: RuleFile, rules: dict[str, Rule]) -> list[Problem]:
    problems: list[Problem] = []
    for number, shaped in enumerate(file.rules):
        at = ("rules", number)
        if shaped.rule in rules:
            what = (
                f"{shaped.rule!r} stands already in {rules[shaped.rule].source}; change it with an override"
            )
            problems.append(document.problem((*at, "rule"), what))
            continue
        rule, wrong = compile_rule(document, at, shaped)
        problems += wrong
        if rule is not None:
            rules[rule.name] = rule
    return problems


def _add_overrides(
    document: Document,
    file: RuleFile,
    rules: dict[str, Rule],
    overrides: list[Override],
    devices: Collection[str] | None,
) -> list[Problem]:
    problems: list[Problem] = []
    for number, shaped in enumerate(file.overrides):
        at = ("overrides", number)
        for place, device in enumerate(shaped.devices or ()):
            if devices is not None and device not in devices:
                where = (*at, "devices", place) if document.has((*at, "devices", place)) else (*at, "devices")
                problems.append(document.problem(where, f"no device {device!r}{nearest(device, devices)}"))
        rule = rules.get(shaped.rule)
        if rule is None:
            what = f"no rule {shaped.rule!r}{nearest(shaped.rule, rules)}"
            problems.append(document.problem((*at, "rule"), what))
            continue
        override, wrong = compile_override(document, at, shaped, rule)
        problems += wrong
        if override is not None:
            overrides.append(override)
    return problems
