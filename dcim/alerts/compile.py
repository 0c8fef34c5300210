"""One rule or override of a file, checked against the catalogue, into what runs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Any, Final

from dcim.alerts.clause import Clause, Input, Suppression
from dcim.alerts.condition import HasGap
from dcim.alerts.conditions import At, condition_of, labels_of, metrics_of
from dcim.alerts.measures import measured_of
from dcim.alerts.rule import Delay, Language, Rule, Text
from dcim.alerts.ruleset import Override, Selector
from dcim.alerts.shapes import (
    DelayShape,
    InputShape,
    MeasureShape,
    OverrideShape,
    RuleShape,
    Sentence,
    SuppressionShape,
)
from dcim.catalogue import METRICS
from dcim.model import Problem
from dcim.yaml import Document, Loc, nearest

_PLAIN: Final = ("severity", "latching", "acknowledge", "must_detect_within", "runbook")
"""Fields of an override that stand in the rule as they are written."""


def compile_rule(document: Document, loc: Loc, shape: RuleShape) -> tuple[Rule | None, list[Problem]]:
    """Return the rule that stands at ``loc``, or None and every mistake in it."""
    at = At(document, loc)
    metrics = metrics_of(at, shape)
    context = _context(at, shape.context)
    measured = measured_of(at, shape, metrics) if metrics else None
    labels = labels_of(at, "where", shape.where, metrics)
    exempt = labels_of(at, "unless", shape.unless, metrics)
    clauses = _clauses(at, shape)
    suppression = _suppression(at, shape.suppressed_while)
    if clauses and measured and isinstance(measured.condition.raises, HasGap):
        at.wrong("a condition over gaps stands alone", "metric")
    if at.problems or measured is None:
        return None, at.problems
    condition = measured.condition
    place = document.problem(loc, "")
    return Rule(
        name=shape.rule,
        kinds=frozenset(shape.kinds or ()),
        metrics=tuple(shape.metric),
        raises=condition.raises,
        holds=condition.holds,
        severity=shape.severity,
        title=_text(shape.title),
        consequence=_text(shape.consequence),
        action=_text(shape.action),
        on=Delay(shape.expect.within) if shape.expect else _delay(shape, "on", Delay()),
        off=_delay(shape, "off", Delay()),
        latching=shape.latching,
        labels=labels,
        exempt=exempt,
        context=context,
        limit=condition.limit,
        source=f"{place.path}:{place.line}",
        acknowledge=shape.acknowledge,
        must_detect_within=shape.must_detect_within,
        runbook=shape.runbook or "",
        clauses=clauses,
        suppression=suppression,
        ratio_to=measured.ratio_to,
        yields_to=tuple(shape.yields_to or ()),
    ), at.problems


def _clauses(at: At, shape: RuleShape) -> tuple[Clause, ...]:
    """Return what else must hold: every one of ``all``, one of ``any``, and nothing of what is expected."""
    found = [Clause((one,)) for one in _inputs(at, shape.all or (), "all")]
    if one_of := _inputs(at, shape.any or (), "any"):
        found.append(Clause(tuple(one_of)))
    if shape.expect is not None:
        if shape.on_delay is not None or shape.on_polls is not None:
            at.wrong("an expectation has no on-delay: 'within' is its time", "expect", key=True)
        expected = _inputs(at, shape.expect.any, "expect", "any")
        found.append(Clause(tuple(expected), negated=True))
    return tuple(found)


def _inputs(at: At, shapes: Sequence[InputShape], *parts: str) -> list[Input]:
    return [
        found
        for number, shape in enumerate(shapes)
        if (found := _input(at, shape, *parts, number)) is not None
    ]


def _input(above: At, shape: InputShape, *parts: str | int) -> Input | None:
    """Return one input, or note below ``above`` what is wrong with it."""
    at = At(above.document, (*above.loc, *parts))
    metrics = metrics_of(at, shape)
    condition = condition_of(at, shape, metrics) if metrics else None
    labels = labels_of(at, "where", shape.where, metrics)
    if shape.devices and shape.kinds:
        at.wrong("either devices or kinds", "kinds", key=True)
    if shape.fed and not shape.kinds:
        at.wrong("it picks among devices of some kinds", "fed", key=True)
    above.problems += at.problems
    if condition is None or at.problems:
        return None
    return Input(
        tuple(shape.metric),
        condition.raises,
        frozenset(shape.devices or ()),
        frozenset(shape.kinds or ()),
        labels,
        shape.of == "every",
        shape.fed,
    )


def _suppression(at: At, shape: SuppressionShape | None) -> Suppression | None:
    if shape is None:
        return None
    by = _input(at, shape, "suppressed_while")
    if by is not None and not by.own:
        at.wrong("what suppresses an alert is on its own device", "suppressed_while", key=True)
    return None if by is None else Suppression(by, shape.at_most, f"{shape.reason.en} / {shape.reason.fr}")


def compile_override(
    document: Document, loc: Loc, shape: OverrideShape, rule: Rule
) -> tuple[Override | None, list[Problem]]:
    """Return the override of ``rule`` that stands at ``loc``, or None and every mistake in it."""
    at = At(document, loc)
    fields = _otherwise(at, shape, rule)
    changed = {key: value for key, value in fields.items() if value != getattr(rule, key)}
    if not changed and shape.enabled is None and not at.problems:
        at.wrong(f"changes nothing of {rule.name!r}", "rule")
    if at.problems:
        return None, at.problems
    if shape.must_detect_within is not None:  # a promise is broken where it was made
        place = document.problem(loc, "")
        changed["source"] = f"{place.path}:{place.line}"
    selector = Selector(
        frozenset(shape.devices or ()),
        frozenset(shape.tags or ()),
        frozenset(shape.rooms or ()),
        frozenset(shape.kinds or ()),
    )
    return Override(rule.name, selector, changed, shape.enabled), at.problems


def _otherwise(at: At, shape: OverrideShape, rule: Rule) -> dict[str, Any]:
    """Return the fields of a rule that an override gives, some of them as they were."""
    fields: dict[str, Any] = {}
    if any(getattr(shape, key) is not None for key in MeasureShape.model_fields):
        measured = measured_of(at, shape, [METRICS[name] for name in rule.metrics], rule)
        if measured is not None:
            made = measured.condition
            fields |= {"raises": made.raises, "holds": made.holds, "limit": made.limit}
            fields["ratio_to"] = measured.ratio_to
    fields |= {
        "on": _delay(shape, "on", rule.on),
        "off": _delay(shape, "off", rule.off),
    }
    fields |= {key: getattr(shape, key) for key in _PLAIN if getattr(shape, key) is not None}
    for key in ("consequence", "action"):
        if getattr(shape, key) is not None:
            fields[key] = _text(getattr(shape, key))
    if shape.context is not None:
        fields["context"] = _context(at, shape.context)
    return fields


def _text(sentence: Sentence) -> Text:
    return MappingProxyType({Language.EN: sentence.en, Language.FR: sentence.fr})


def _delay(shape: DelayShape, which: str, before: Delay) -> Delay:
    time, polls = getattr(shape, f"{which}_delay"), getattr(shape, f"{which}_polls")
    return Delay(before.seconds if time is None else time, before.polls if polls is None else polls)


def _context(at: At, wishes: Iterable[tuple[str, ...]] | None) -> tuple[tuple[str, ...], ...]:
    """Return the metrics to tell beside; each must be in the catalogue."""
    groups = tuple(wishes or ())
    for number, names in enumerate(groups):
        for name in names:
            if name not in METRICS:
                at.wrong(f"no canonical metric {name!r}{nearest(name, METRICS)}", "context", number)
    return groups
