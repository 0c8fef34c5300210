"""The incident record, as the Moroccan DGSSI asks for it; what a machine cannot know is left free.

Law 05-20 and decree 2-21-406 have entities declare incidents to the DGSSI (maCERT): who, what happened and
when, what was hit, what was done, who was told. The record fills in what the ledger knows, says which fact
each line comes from, and leaves ruled lines for what only people know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from dcim.ledger import Entry
from dcim.model.fact import FactKind, Json
from dcim.record import dataclass, field
from dcim.reports.blocks import cols, table
from dcim.reports.kinds.told import told, told_after
from dcim.reports.matter import Matter, Parts, body_of, section
from dcim.reports.model import (
    Block,
    Code,
    Facts,
    Figure,
    Figures,
    Length,
    List,
    Microseconds,
    Moment,
    Name,
    Note,
    Number,
    Paragraph,
    Say,
    Section,
    Tone,
    Value,
    Word,
)
from dcim.reports.scope import NothingLike

_MOST: Final = 20
_STEPS: Final = 120
_AROUND: Final = 600 * 1_000_000
"""Microseconds around the opening of an incident in which a change of its services is its beginning."""
_KINDS: Final = (
    FactKind.INCIDENT,
    FactKind.ALERT,
    FactKind.DELIVERY,
    FactKind.REMINDER,
    FactKind.SERVICE_STATE,
    FactKind.MAINTENANCE,
)
_OPEN_FIELDS: Final = ("entity", "contact", "classification", "data", "measures", "notified", "lessons")


@dataclass(slots=True)
class Case:
    """One incident as its facts tell it, in order."""

    id: str
    facts: list[tuple[Entry, Mapping[str, Any]]] = field(default_factory=list)
    alerts: list[tuple[Entry, Mapping[str, Any]]] = field(default_factory=list)
    deliveries: list[tuple[Entry, Mapping[str, Any]]] = field(default_factory=list)
    services: dict[str, str] = field(default_factory=dict)  # and the worst function that each had
    began: tuple[Microseconds, Microseconds] | None = None
    """Between which moments the first of its services was seen to change for the worse; None: none did."""

    @property
    def opened(self) -> Microseconds:
        """Return when it began to be an incident."""
        return round(float(self.facts[0][1]["opened_at"]) * 1e6)

    @property
    def ended(self) -> Microseconds | None:
        """Return when it was over; None while it goes on."""
        entry, body = self.facts[-1]
        return None if body["open"] else entry.at

    @property
    def devices(self) -> tuple[str, ...]:
        """Return the devices that an alert of it named, each once."""
        return tuple(dict.fromkeys(str(body["asset"]) for _, body in self.alerts))


def cases(facts: Iterable[Entry]) -> list[Case]:
    """Return the incidents that facts tell of, in the order in which they began."""
    found: dict[str, Case] = {}
    worse: list[tuple[str, Microseconds, Microseconds]] = []
    for entry in facts:
        body = body_of(entry)
        if entry.kind == FactKind.SERVICE_STATE:
            worse += _worse(entry, body)
        else:
            _file(found, entry, body)
    every = sorted((one for one in found.values() if one.facts), key=lambda one: one.opened)
    for case in every:
        case.began = _first(case, worse)
    return every


def _file(found: dict[str, Case], entry: Entry, body: Mapping[str, Any]) -> None:
    """Put a fact with the incident that it is about."""
    if entry.kind == FactKind.INCIDENT:
        case = found.setdefault(entry.subject, Case(entry.subject))
        case.facts.append((entry, body))
        for name, standing in body.get("services", {}).items():
            if case.services.get(name) != "down":
                case.services[name] = str(standing.get("function", ""))
    elif entry.kind == FactKind.ALERT and (owner := str(body.get("incident") or "")):
        found.setdefault(owner, Case(owner)).alerts.append((entry, body))
    elif entry.kind in (FactKind.DELIVERY, FactKind.REMINDER) and entry.subject in found:
        found[entry.subject].deliveries.append((entry, body))


def _first(
    case: Case, worse: Iterable[tuple[str, Microseconds, Microseconds]]
) -> tuple[Microseconds, Microseconds] | None:
    """Return the edge of the first change for the worse of a service of an incident, around its opening."""
    mine = [
        (at, held) for name, held, at in worse if name in case.services and abs(at - case.opened) <= _AROUND
    ]
    return (min(mine)[1], min(mine)[0]) if mine else None


def _worse(entry: Entry, body: Mapping[str, Any]) -> list[tuple[str, Microseconds, Microseconds]]:
    """Return the edge of a change in which a service lost its function or its redundancy; else nothing."""
    before = body.get("before") or {}
    lost = body.get("function") == "down" != before.get("function")
    if not lost and not body.get("redundancy") == "reduced" != before.get("redundancy"):
        return []
    return [(entry.subject, round(float(body.get("held", entry.at / 1e6)) * 1e6), entry.at)]


def compose(matter: Matter) -> Parts:
    """Return the record of one incident, or of those of the period."""
    mine = matter.within()
    found = [one for one in cases(matter.entries(_KINDS)) if _in_scope(one, matter, mine)]
    found = [one for one in found if one.id == matter.scope.name] or found
    if matter.scope.axis == "incident" and len(found) != 1:
        what = f"{len(found)} incidents begin with" if found else "no incident"
        msg = f"{what} {matter.scope.name!r} in the period: without --scope they are listed"
        raise NothingLike(msg)
    sections = [section("incident.list", *_list(found, matter))] if len(found) != 1 else []
    for one in found[:_MOST]:
        sections += _record(one, matter, mine)
    return Parts(tuple(sections), {"incidents": [_body(one, mine) for one in found]})


def _in_scope(case: Case, matter: Matter, mine: frozenset[str] | None) -> bool:
    if matter.scope.axis == "incident":
        return case.id.startswith(matter.scope.name)
    return mine is None or bool(mine & ({*case.services} | set(case.devices)))


def _list(found: Sequence[Case], matter: Matter) -> Iterable[Block]:
    if len(found) > _MOST:
        yield Note(Say("report.incident.more", (Number(len(found)), Number(_MOST))))
    yield table(
        "incidents",
        "",
        cols(
            "incident.id begins:1.2 incident.lasted>:1.1 severity cause:1.6 "
            "incident.services> incident.alerts>:1.1"
        ),
        (_line(one, matter) for one in found),
        "report.incident.none",
    )


def _line(one: Case, matter: Matter) -> tuple[Value, ...]:
    mine = matter.within()
    return (
        Code(one.id[:12]),
        Moment(one.opened),
        Length(one.ended - one.opened) if one.ended else Say("report.goes_on"),
        _severity(one),
        _roots(one, matter, mine),
        Number(len(_own(one.services, mine))),
        Number(len(_own(one.devices, mine))),
    )


def _own(names: Iterable[str], mine: frozenset[str] | None) -> list[str]:
    return [name for name in names if mine is None or name in mine]


def _severity(one: Case) -> Value:
    order = ("critical", "major", "minor", "warning")
    said = {str(body["severity"]) for _, body in one.facts}
    return Word("severity", next((word for word in order if word in said), "unknown"))


def _roots(one: Case, matter: Matter, mine: frozenset[str] | None) -> Value:
    """Return where the cause stands: parts of the building, or services where no part is named."""
    said = _own(
        dict.fromkeys(str(root) for _, body in one.facts[-1:] for root in body.get("roots", ())), mine
    )
    parts = [root for root in said if matter.site.service(root) is None]
    roots = parts or said
    return List(tuple(map(matter.site.called, roots))) if roots else Say("report.incident.elsewhere")


def _record(one: Case, matter: Matter, mine: frozenset[str] | None) -> list[Section]:
    acks = [(entry, body) for entry, body in one.facts if body["change"] == "acknowledged"]
    first = min((entry.at for entry, _ in one.alerts), default=one.opened)
    figures = Figures(
        (
            Figure(Say("report.incident.detected"), Moment(first)),
            told_after(one.deliveries, one.opened),
            Figure(
                Say("report.incident.acknowledged_after"),
                Length(acks[0][0].at - one.opened) if acks else None,
            ),
            Figure(
                Say("report.incident.lasted"),
                Length(one.ended - one.opened) if one.ended else Say("report.goes_on"),
                tone=Tone.GOOD if one.ended else Tone.BAD,
            ),
        )
    )
    title = Say("report.incident.title", (Name(one.id[:12]),))
    return [
        Section(title, (Paragraph(Say("report.incident.law")), figures, _identity(one, matter, mine))),
        section("incident.impact", *_impact(one, matter, mine)),
        section("incident.course", _course(one, matter, mine)),
        section("incident.told", told(one.deliveries[:_STEPS])),
        section("incident.people", Paragraph(Say("report.incident.people_how")), _by_hand()),
    ]


def _identity(one: Case, matter: Matter, mine: frozenset[str] | None) -> Facts:
    return Facts(
        (
            (Say("report.incident.id"), Code(one.id)),
            (Say("report.incident.site"), Name(matter.site.name or matter.site.id)),
            (Say("report.begins"), _began(one)),
            (Say("report.incident.opened"), Moment(one.opened)),
            (Say("report.ends"), Moment(one.ended) if one.ended else Say("report.goes_on")),
            (Say("report.severity"), _severity(one)),
            (Say("report.cause"), _roots(one, matter, mine)),
            (Say("report.incident.nature"), Word("because", str(one.facts[-1][1].get("because", "")))),
        )
    )


def _began(one: Case) -> Value:
    """Return when the condition began: between two looks at what it hit, and not when it was an alarm."""
    if one.began is None:
        return Say("report.incident.began_unseen")
    held, at = one.began
    return Say("report.incident.between", (Moment(held), Moment(at))) if held < at else Moment(at)


def _impact(one: Case, matter: Matter, mine: frozenset[str] | None) -> Iterable[Block]:
    yield table(
        "hit_services",
        "report.incident.hit",
        cols("service:2 incident.worst"),
        ((matter.site.called(name), _worst(one.services[name])) for name in _own(one.services, mine)),
        "report.incident.no_service",
    )
    devices = _own(one.devices, mine)
    yield Paragraph(
        Say(
            "report.incident.devices",
            (Number(len(devices)), List(tuple(map(matter.site.called, devices[:30])))),
        )
    )


def _worst(function: str) -> Value:
    return Say(f"report.incident.worst.{function if function in ('down', 'up') else 'unknown'}")


def _course(one: Case, matter: Matter, mine: frozenset[str] | None) -> Block:
    steps = [
        (
            entry,
            Say(f"report.incident.step.{_step(body['change'])}"),
            matter.subject if mine else None,
            str(body.get("who", "")),
        )
        for entry, body in one.facts
    ]
    rows: list[tuple[int, tuple[Value, ...]]] = [
        (
            entry.sequence,
            (Moment(entry.at), what, None, matter.person(who), Code(f"#{entry.sequence}")),
        )
        for entry, what, _, who in steps
    ]
    for entry, body in one.alerts:
        if body["change"] in ("raised", "cleared") and (mine is None or body["asset"] in mine):
            what = Say(f"report.incident.alert.{body['change']}", (matter.site.rule(str(body["rule"])),))
            row = (
                Moment(entry.at),
                what,
                matter.site.called(str(body["asset"])),
                None,
                Code(f"#{entry.sequence}"),
            )
            rows.append((entry.sequence, row))
    rows.sort(key=lambda row: row[0])
    note = Say("report.uptime.more", (Number(len(rows)), Number(_STEPS))) if len(rows) > _STEPS else None
    return table(
        "course",
        "",
        cols("when:1.2 what:2.4 where:1.4 by evidence>:0.7"),
        [row for _, row in rows[:_STEPS]],
        note=note,
    )


def _step(change: str) -> str:
    return (
        change if change in ("opened", "raised", "cleared", "acknowledged", "merged", "updated") else "other"
    )


def _by_hand() -> Block:
    rows = ((Say(f"report.incident.hand.{name}"), Name("\u2003")) for name in _OPEN_FIELDS)
    return table("by_hand", "", cols("what:1.2 incident.entry:2.4"), rows)


def _body(one: Case, mine: frozenset[str] | None) -> Json:
    return {
        "id": one.id,
        "opened": one.opened,
        "began": list(one.began) if one.began else None,
        "ended": one.ended,
        "services": {name: one.services[name] for name in _own(one.services, mine)},
        "devices": _own(one.devices, mine),
        "facts": [entry.sequence for entry, _ in one.facts],
    }
