"""What a probe found, for people and for scripts."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import typer
from rich.console import Console
from rich.text import Text

from dcim.cli.onboarding.advice import became
from dcim.cli.onboarding.attempts import Found
from dcim.cli.onboarding.decode import reading_json, readings, readings_json
from dcim.cli.talking.rows import print_rows
from dcim.collect import Explored
from dcim.model import Identity, Reading
from dcim.plausible import Verdict, judge, sentence

_SHOWN: Final = 100
"""Unused answers that ``-v`` shows; JSON has all."""

_WITH_UNIT: Final = re.compile(
    r"[-+]?\d+(?:[.,]\d+)? ?"
    r"(?:°? ?[CF]|deg(?:rees)? ?[CF]|[mk]?V(?: ?[AD]C)?|m?A|[kM]?W|[kM]?VA|k?var|k?Wh|Hz|%(?: ?RH)?|rpm"
    r"|[hk]?Pa|m?bar|volts?|amps?|watts?)",
    re.IGNORECASE,
)
"""An answer that is a number with its unit. Whether it is measured, set or rated it does not say."""

_TABLES: Final = 10
"""Tables not read whole, and notes, that are shown; JSON has all."""


def say_json(found: Found, address: str, *, verbose: bool) -> None:
    """Print one JSON object with all of it; ``verbose`` changes nothing."""
    del verbose
    identity = found.collected.identity or Identity()
    explored = found.explored
    said: dict[str, Any] = {
        "address": address,
        "answered": found.how,
        "failed": [
            {"how": one.how, "reason": one.failure.reason, "why": str(one.failure)} for one in found.failed
        ],
        "profile": found.profile or None,
        "profiles": list(explored.profiles) if explored else [found.profile] if found.profile else [],
        "matches": [{"profile": m.profile, "score": m.score, "reason": m.reason} for m in found.matches],
        "device": {
            name: str(getattr(identity, name)) for name in ("kind", "vendor", "model", "serial", "firmware")
        },
        "greeting": dict(explored.greeting) if explored else {},
        "checks": [_verdict_json(one) for one in judge(found.collected.batches)],
        "readings": readings_json(found.collected.batches, explored.superseded if explored else ()),
        "answers": _answers_json(explored),
        "fitting": [list(one) for one in explored.fitting] if explored else [],
        "left_out": list(explored.left_out) if explored else [],
        "troubles": [{"kind": one.kind, "asked": list(one.asked)} for one in found.troubles],
        "notes": list(explored.notes) if explored else [],
        "requests": found.collected.requests,
        "seconds": round(found.seconds, 3),
    }
    typer.echo(json.dumps(said, ensure_ascii=False))


def _answers_json(explored: Explored | None) -> dict[str, Any] | None:
    if explored is None:
        return None
    return {
        "matched": explored.answers - len(explored.unused),
        "of": explored.answers,
        "whole": explored.whole,
        "unused": dict(explored.unused),
    }


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    decided = verdict.holds is not None
    return {
        "check": verdict.check,
        "of": verdict.of,
        "holds": verdict.holds,
        "left": verdict.left if decided else None,
        "right": verdict.right if decided else None,
        "says": sentence(verdict),
    }


def say_text(found: Found, address: str, *, verbose: bool) -> None:
    """Print who it is, what contradicts itself, every value, and what was not used."""
    console = Console(highlight=False, soft_wrap=True)
    for one in found.failed:
        console.print(Text(f"{one.how}: {became(one)}", style="dim"))
    if not found.profile:
        for line in stranger(found, address, verbose=verbose):
            console.print(line, markup=False)
    else:
        _device(console, found, address, verbose=verbose)
    for text in (*left_out(found.explored), *unused(found.explored, verbose=verbose)):
        console.print(text, markup=False)


def left_out(explored: Explored | None) -> Iterator[str]:
    """Yield which tables were not read to their end, which rows say too little, and why."""
    explored = explored or Explored()
    for word, lines in (("not read whole", explored.left_out), ("note", explored.notes)):
        yield from (f"{word}: {line}" for line in lines[:_TABLES])
        if len(lines) > _TABLES:
            yield f"and {len(lines) - _TABLES} more: --json has all"


def has_value(found: Found) -> bool:
    """Whether the device was read: some point has a value."""
    return any(one.gap is None for one in readings(found.collected.batches))


def stranger(found: Found, address: str, *, verbose: bool = False) -> Iterator[str]:
    """Yield who a device is that no profile fits, and what to do about it."""
    explored = found.explored or Explored()
    yield f"{address} answers {found.how}, but no profile fits it. It says"
    for name, text in explored.greeting.items():
        yield f"  {name} {text}"
    if not explored.greeting:
        yield "  nothing of who it is"
    if explored.vendor:
        yield f"  its number belongs to {explored.vendor}"
    for one in found.troubles:
        yield f"  {len(one.asked)} of the questions brought {one.kind}: {one.hint}"
        if verbose:
            yield from (f"    {asked}" for asked in one.asked[:_SHOWN])
    yield "--record keeps what it answers, for a profile of your own: docs/writing-a-profile.md"


def _device(console: Console, found: Found, address: str, *, verbose: bool) -> None:
    every = list(readings(found.collected.batches))
    identity = found.collected.identity or Identity()
    named = (identity.vendor, identity.model, identity.serial, identity.firmware)
    known = " ".join(filter(None, named)) or "a device that does not say who it is"
    console.print(f"{address}: {known} ({found.how})", markup=False)
    for line in choice(found, verbose=verbose):
        console.print(line, markup=False)
    verdicts = judge(found.collected.batches)
    for verdict in verdicts:
        if verdict.holds is False:
            console.print(Text(f"contradiction: {sentence(verdict)}", style="bold red"))
    _table(console, every, list(readings(found.explored.superseded)) if found.explored else [])
    for line in agreeing(verdicts):
        console.print(Text(line, style="green"))
    gaps = Counter(str(one.gap.reason) for one in every if one.gap)
    why = f" ({', '.join(f'{number} {reason}' for reason, number in gaps.items())})" if gaps else ""
    console.print(
        f"{len(every) - gaps.total()} of {len(every)} points have a value{why}; "
        f"{found.collected.requests} questions, {found.seconds:.1f} s",
        markup=False,
    )


def choice(found: Found, *, verbose: bool) -> Iterator[str]:
    """Yield why this profile, what is read beside it, and with ``verbose`` why none of the others."""
    if not found.matches:
        yield f"read with {found.profile}: named"
        return
    used = found.explored.profiles if found.explored else (found.profile,)
    first = next((one for one in found.matches if one.profile in used[:1]), found.matches[0])
    where = "".join(f", at {name} {value}" for name, value in first.options.items())
    yield f"read with {first.profile}: {first.reason}{where}"
    for match in found.matches:
        if match is first:
            continue
        if match.profile in used:
            yield f"and with {match.profile}: {match.reason}"
        elif verbose:
            less = f"mark {match.score} of {first.score}" if match.score else "does not fit"
            yield f"not with {match.profile} ({less}): {match.reason}"
    for name, root, number in found.explored.fitting if found.explored else ():
        yield f"not with {name}, though it answers below {root} too ({number} answers): --profile {name}"


def agreeing(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield what agrees, one line a check: at one place in full, at many by their number."""
    good = Counter(one.check for one in verdicts if one.holds)
    for check, number in good.items():
        one = next(verdict for verdict in verdicts if verdict.check == check and verdict.holds)
        several = f"{check.replace('_', ' ')}, at {number} places"
        yield f"agrees: {sentence(one) if number == 1 else several}"
    unknown = sum(one.holds is None for one in verdicts)
    if unknown:
        yield f"undecided: {unknown} checks lack a value"


def unused(explored: Explored | None, *, verbose: bool) -> Iterator[str]:
    """Yield how many answers something was made of, and with ``verbose`` the others."""
    if explored is None or not explored.answers:
        return
    matched = explored.answers - len(explored.unused)
    least = "" if explored.whole else " at least, there was no time for more"
    yield f"matched {matched} of {explored.answers} answers{least}"
    telling = [one for one in explored.unused if _WITH_UNIT.fullmatch(one[1].strip())]
    if telling:
        where = "they come first" if verbose else "-v shows them first"
        yield f"  {len(telling)} of the others say their own unit: a profile can begin there, {where}"
    if not verbose:
        return
    first = set(telling)
    silent = (one for one in explored.unused if one not in first)
    for where, said in [*telling, *silent][:_SHOWN]:
        yield f"  not used: {where} = {said}"
    if len(explored.unused) > _SHOWN:
        yield f"  and {len(explored.unused) - _SHOWN} more: --json has all"


def _table(console: Console, every: list[Reading], superseded: list[Reading]) -> None:
    """Print the readings; dimmed below them those for which the device has a better place."""
    rows = [_row(one) for one in every]
    for one in superseded:
        point, value, source = (Text(cell.plain, style="dim") for cell in _row(one))
        rows.append((point, value, source.append("  superseded")))
    print_rows(console, ("point", "value", "source"), rows, right=frozenset({1}))


def _row(one: Reading) -> tuple[Text, Text, Text]:
    said = reading_json(one)
    labels = ",".join(f"{key}={value}" for key, value in said["labels"].items())
    point = f"{said['metric']}{{{labels}}}" if labels else said["metric"]
    return Text(point), _value(said), Text(str(said["source"]), style="dim")


def _value(said: Mapping[str, Any]) -> Text:
    if said["gap"]:
        raw = f" ({said['raw']})" if said["raw"] else ""
        return Text(f"{said['gap'].replace('_', ' ')}{raw}", style="dim italic")
    if said["state"] is not None:
        style = {"critical": "bold red", "warning": "yellow", "ok": "green"}.get(said["health"] or "", "")
        return Text(said["state"], style=style)
    return Text(f"{said['value']:.10g} {said['unit']}".strip())
