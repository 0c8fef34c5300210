"""Rule files to rules: everything is checked, and every mistake is told at once with its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from dcim.alerts.compile import compile_override, compile_rule
from dcim.alerts.limited import Limits, limited
from dcim.alerts.parts import Part, named, parts, right
from dcim.alerts.rule import Rule
from dcim.alerts.ruleset import Override, RuleSet
from dcim.alerts.shapes import OverrideShape, RuleFile, RuleShape
from dcim.model import ConfigError, Problem
from dcim.record import dataclass, field
from dcim.resources import resource
from dcim.yaml import Document, Loc, nearest, read, shape

_ALWAYS: Final = "always.yaml"
_USUAL: Final[Limits] = MappingProxyType({})


def shipped_files(*, every: bool = True) -> tuple[Path, ...]:
    """Return the rule files that come with the program, by name; not ``every``: those no site is without."""
    files = sorted(resource("config", "alerts").glob("*.yaml"))
    return tuple(file for file in files if every or file.name == _ALWAYS)


@cache
def shipped_rules() -> RuleSet:
    """Return the rules that come with the program, read once: their files do not change while it runs."""
    return read_rules(())


def read_rules(
    paths: Sequence[Path],
    devices: Collection[str] | None = None,
    *,
    shipped: bool = True,
    runbooks: str = "",
    limits: Limits = _USUAL,
) -> RuleSet:
    """Return the shipped rules and those in ``paths``; raise ConfigError with every mistake in all files.

    ``devices`` are the ids in the configuration; overrides that name another are mistakes. Without
    ``shipped`` a site still has the rule that tells of devices that do not answer (B15). ``runbooks`` is the
    address of what to do about a rule that names none; ``{rule}`` in it stands for the name of the rule.
    ``limits``: what a site declares that its parts may carry.
    """
    documents: list[Document] = []
    problems: list[Problem] = []
    for path in (*shipped_files(every=shipped), *paths):
        try:
            documents.append(read(path, problems))
        except ConfigError as wrong:
            problems += wrong.problems
    rules, found = compile_rules(documents, devices)
    if problems or found:
        raise ConfigError((*problems, *found))
    rules = limited(rules, limits)
    return rules.written_at(runbooks) if runbooks else rules


def compile_rules(
    documents: Iterable[Document], devices: Collection[str] | None = None
) -> tuple[RuleSet, list[Problem]]:
    """Return the rules and overrides of all files that are right, and what is wrong with the others."""
    desk = _Desk(devices)
    files = list(documents)
    whole: list[RuleFile | None] = []
    for document in files:
        found, problems = shape(document, RuleFile)
        whole.append(found)
        desk.problems += problems
    for document, found in zip(files, whole, strict=True):
        desk.names.update(named(document, "rules"))
        for rule_part in _rules(document, found):
            desk.add_rule(document, rule_part)
    for document, found in zip(files, whole, strict=True):
        for override_part in _overrides(document, found):
            desk.add_override(document, override_part)
    for document, found in zip(files, whole, strict=True):
        for rule_part in _rules(document, found):
            desk.check_yields(document, rule_part)
    return RuleSet(desk.rules, tuple(desk.overrides)), desk.problems


def _rules(document: Document, whole: RuleFile | None) -> Iterable[Part[RuleShape]]:
    """Return the rules of a file; only where something in it is wrong, each is read by itself."""
    return parts(document, "rules", RuleShape) if whole is None else right("rules", whole.rules)


def _overrides(document: Document, whole: RuleFile | None) -> Iterable[Part[OverrideShape]]:
    return (
        parts(document, "overrides", OverrideShape) if whole is None else right("overrides", whole.overrides)
    )


@dataclass(slots=True)
class _Desk:
    """What has been read so far. ``names``: of all rules, also of those that are wrong."""

    devices: Collection[str] | None
    rules: dict[str, Rule] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    overrides: list[Override] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add_rule(self, document: Document, part: Part[RuleShape]) -> None:
        """Compile a rule and keep it, or what is wrong with it."""
        before = self.rules.get(part.shape.rule)
        if before is not None and "rule" not in part.wrong:
            what = f"{before.name!r} stands already in {before.source}; change it with an override"
            self.problems.append(document.problem((*part.loc, "rule"), what))
            return
        for parts_of, devices in _named_devices(part.shape):
            self._check_named(document, (*part.loc, *parts_of), devices)
        rule, problems = compile_rule(document, part.loc, part.shape)
        self.problems += part.left(problems)
        if rule is not None and not part.wrong:
            self.rules[rule.name] = rule

    def add_override(self, document: Document, part: Part[OverrideShape]) -> None:
        """Compile an override and keep it, or what is wrong with it."""
        self._check_devices(document, part)
        name = part.shape.rule
        rule = self.rules.get(name)
        if rule is None or "rule" in part.wrong:
            if name not in self.names and "rule" not in part.wrong:
                what = f"no rule {name!r}{nearest(name, self.names)}"
                self.problems.append(document.problem((*part.loc, "rule"), what))
            return
        override, problems = compile_override(document, part.loc, part.shape, rule)
        if part.wrong:  # what is left of it may well change nothing
            problems = [problem for problem in problems if not problem.where.endswith(".rule")]
        self.problems += part.left(problems)
        if override is not None and not part.wrong:
            self.overrides.append(override)

    def check_yields(self, document: Document, part: Part[RuleShape]) -> None:
        """Refuse to yield to what is no higher step: another rule, on all the same metrics.

        What that one yields to must be named too: so no two yield to each other, and each can be looked at
        behind those that it yields to.
        """
        mine = part.shape.yields_to or ()
        for number, name in enumerate(mine):
            higher = self.rules.get(name)
            at = (*part.loc, "yields_to", number)
            at = at if document.has(at) else at[:-1]
            if higher is None:
                if name not in self.names:
                    what = f"no rule {name!r}{nearest(name, self.names)}"
                    self.problems.append(document.problem(at, what))
            elif missing := [one for one in part.shape.metric if one not in higher.metrics]:
                self.problems.append(document.problem(at, f"{name!r} does not look at {missing[0]}"))
            elif name in higher.yields_to or not set(higher.yields_to) < set(mine):
                what = (
                    f"{name!r} yields itself to {', '.join(higher.yields_to)}; expected to find that here too"
                )
                self.problems.append(document.problem(at, what))

    def _check_devices(self, document: Document, part: Part[OverrideShape]) -> None:
        self._check_named(document, part.loc, part.shape.devices or ())

    def _check_named(self, document: Document, loc: Loc, named: Iterable[str]) -> None:
        """Refuse devices below a place that are not in the configuration."""
        for place, device in enumerate(named):
            if self.devices is not None and device not in self.devices:
                at = (*loc, "devices", place)
                loc = at if document.has(at) else at[:-1]
                what = f"no device {device!r}{nearest(device, self.devices)}"
                self.problems.append(document.problem(loc, what))


def _named_devices(shape: RuleShape) -> Iterable[tuple[Loc, tuple[str, ...]]]:
    """Yield the devices that the inputs of a rule name, and where."""
    for key in ("all", "any"):
        for number, one in enumerate(getattr(shape, key) or ()):
            yield (key, number), one.devices or ()
    for number, one in enumerate(shape.expect.any if shape.expect else ()):
        yield ("expect", "any", number), one.devices or ()
