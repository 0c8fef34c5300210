"""The frame of every report: first page, own part, how to verify it, what it does not prove, who signs."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Final

from dcim.ledger import Head
from dcim.ledger.life import SIGNS
from dcim.model.fact import FactKind, Json
from dcim.reports.absent import Watched, told
from dcim.reports.matter import Matter, Parts, section
from dcim.reports.model import (
    Block,
    Code,
    Document,
    Face,
    Facts,
    Kind,
    Moment,
    Note,
    Paragraph,
    Say,
    Section,
    Signatures,
    Tone,
    Value,
)
from dcim.reports.replayed import replay_of, said_of
from dcim.reports.watch import clock

_FORMAT: Final = "dcim claim 1"


def make(matter: Matter, software: str) -> Document:
    """Return the report of a matter, as the first version of itself: ``numbered`` makes it a later one."""
    matter.step("reading")
    head = matter.record.head()
    parts: Parts = import_module(f"dcim.reports.kinds.{matter.kind}").compose(matter)
    matter.step("composing")
    face = Face(
        matter.kind,
        matter.site.id,
        matter.site.name,
        str(matter.scope),
        matter.subject,
        matter.period,
        matter.now,
        software,
        head,
        replay=replay_of(said_of(matter.record)),
    )
    sections = (
        *_said_first(matter),
        *_honest(parts, matter),
        clock(matter),
        _verification(matter, head),
        section("limits", *(Paragraph(Say(f"report.limits.{one}")) for one in _limits(matter.kind))),
        section("signed", Signatures(tuple(Say(f"report.sign.{one}") for one in _signers(matter)))),
    )
    return Document(face, sections, {**_frame(matter), "figures": dict(parts.claim)}, parts.evidence)


def _honest(parts: Parts, matter: Matter) -> tuple[Section, ...]:
    """Return the sections of a kind, whose empty tables claim no more than was watched."""
    whole = matter.until - matter.period.since
    dark = sum(one.length for one in matter.dark())
    return told(
        parts.sections, matter.kind, parts.watched or [Watched(whole - dark, whole)], parts.redundancy
    )


def _frame(matter: Matter) -> dict[str, Json]:
    """Return what every claim states: whose it is and of which time, and nothing of when it was printed."""
    replay = said_of(matter.record)
    return {
        **({"replay": replay} if replay else {}),
        "format": _FORMAT,
        "kind": str(matter.kind),
        "site": matter.site.id,
        "scope": str(matter.scope),
        "period": {"since": matter.period.since, "until": matter.period.until, "zone": matter.period.zone},
        "until": matter.until,
        "topology": matter.site.digest,
    }


def _said_first(matter: Matter) -> Iterable[Section]:
    """Yield what must be known before any figure: nothing was recorded, not to the end, or it goes on."""
    notes: list[Block] = []
    head = matter.record.head()
    if head is None or not any(any(True for _ in matter.entries(kinds)) for kinds in (SIGNS, FactKind)):
        notes.append(Note(Say("report.empty"), Tone.BAD))
    if matter.now < matter.period.until:
        notes.append(Note(Say("report.not_over", (Moment(matter.now),)), Tone.WARNING))
    if tail := matter.unrecorded():
        notes.append(Note(Say("report.ends_early", (Moment(tail.start),)), Tone.WARNING))
    if not matter.site.digest:
        notes.append(Note(Say("report.undescribed"), Tone.WARNING))
    if notes:
        yield section("first", *notes)


def _verification(matter: Matter, head: Head | None) -> Section:
    """Say where the ledger ends, and which command shows that the figures follow from it."""
    kept = f" --head '{head}'" if head else ""
    return section(
        "verify",
        Paragraph(Say("report.verify.how")),
        Facts(
            (
                (Say("report.face.head"), Code(str(head)) if head else None),
                *_signature(matter),
                (Say("report.verify.topology"), Code(matter.site.digest) if matter.site.digest else None),
                (Say("report.verify.ledger"), Code(f"dcim ledger verify --state DIR{kept}")),
                (Say("report.verify.export"), Code("dcim ledger export --state DIR --out OUT")),
                (Say("report.verify.bundle"), Code(f"python3 OUT/verify.py OUT{kept}")),
            )
        ),
        Paragraph(Say("report.verify.attached")),
    )


def _signature(matter: Matter) -> Iterable[tuple[Say, Value]]:
    """Yield who signed which head: the newest one, at most a heartbeat before this report."""
    signed = matter.signed()
    if signed is None:
        yield Say("report.verify.signature"), Say("report.verify.unsigned")
        return
    yield Say("report.verify.signed_head"), Code(str(signed.head))
    yield Say("report.verify.signature"), Code(signed.signature)
    yield Say("report.verify.key"), Code(signed.key)


def _limits(kind: Kind) -> tuple[str, ...]:
    """Return what a report of a kind does not prove, by the keys of its sentences."""
    match kind:
        case Kind.UPTIME | Kind.INCIDENT:
            return ("sensors", "polls", "edges", "tier")
        case Kind.ENERGY:
            return ("sensors", "meters", "pue")
        case Kind.THERMAL | Kind.CALIBRATION:
            return ("sensors", "inlets")
        case _:
            return ("sensors", "polls")


def _signers(matter: Matter) -> tuple[str, ...]:
    if matter.scope.axis == "tenant":
        return ("manager", "customer")
    return ("manager", "auditor")
