"""Why it paged, why it did not: over the API, and as the page draws it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field

from dcim.alerts import Language
from dcim.explain import Answer, Line, Unknown
from dcim.web.drawn.alertcards import is_takeable
from dcim.web.drawn.where import local
from dcim.web.shapes.shapes import moment
from dcim.web.view.view import View
from dcim.words import Words, words

_FIRST, _LAST = 1971, 2200
_TONES: Final = {
    **dict.fromkeys(("told", "refused", "nobody", "raised"), "critical"),
    **dict.fromkeys(
        ("under_way", "with_incident", "waits", "delay", "outranked", "withheld", "digest"), "warning"
    ),
    **dict.fromkeys(("quiet", "over"), "ok"),
}


class LineShape(BaseModel):
    """One line of an answer."""

    topic: str = Field(
        description="condition, quality, delay, life, mute, window, cause, evidence, route, limits, "
        "delivery, record (what nobody can say any more)"
    )
    text: str
    holds: bool = Field(description="this keeps people from being told")


class AnswerShape(BaseModel):
    """Why something pages or does not."""

    kind: str = Field(description="alert, rule (a quiet one), device, service, incident")
    id: str
    name: str
    at: datetime
    verdict: str = Field(
        description="told, under_way, refused, with_incident, waits, muted, delay, outranked, withheld, "
        "digest, nobody, over, quiet, unknown, off, no_point; of a device: raised, undecided, quiet"
    )
    said: str
    lines: list[LineShape]
    parts: list[AnswerShape]


At = Annotated[datetime | None, Query(description="RFC 3339; what was known then. Now by default")]


def add_explain(router: APIRouter, view: View) -> None:
    """Add the route that says why to the API."""

    @router.get("/explain/{name:path}")
    async def explain(name: str, at: At = None, lang: Language | None = None) -> AnswerShape:
        """Return why a device, service, alert or incident pages or does not."""
        language = lang or Language(view.site.language)
        known = await view.explain(name, moment_of(at), language)
        if isinstance(known, Unknown):
            raise HTTPException(404, {"why": _nothing(known, words(language)), "nearest": known.nearest})
        return answer_of(known)


def moment_of(at: datetime | None) -> float | None:
    """Return a moment of a query as UTC seconds; refuse one that says no zone."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise HTTPException(422, "at must say its zone: 2026-01-31T12:00:00Z or +01:00")
    if not _FIRST <= at.year <= _LAST:
        raise HTTPException(422, f"at must lie between the years {_FIRST} and {_LAST}")
    return at.timestamp()


def _nothing(unknown: Unknown, said: Words) -> str:
    return said("explain.nothing", unknown.asked)


def answer_of(answer: Answer) -> AnswerShape:
    """Show an answer and its parts."""
    return AnswerShape(
        kind=answer.kind,
        id=answer.id,
        name=answer.name,
        at=moment(answer.at),
        verdict=answer.verdict,
        said=answer.said,
        lines=[LineShape(topic=line.topic, text=line.text, holds=line.holds) for line in answer.lines],
        parts=list(map(answer_of, answer.parts)),
    )


def drawn(answer: Answer, view: View, said: Words) -> dict[str, Any]:
    """Return what the page draws: the answer, those of its parts that say much, and a table of the quiet."""
    loud = [part for part in answer.parts if part.kind != "rule"]
    quiet = [part for part in answer.parts if part.kind == "rule"]
    return {
        "answer": answer,
        "tone": tone_of(answer),
        "when": local(answer.at, view),
        "past": answer.at < view.now() - 1.0,
        "topics": rows(answer.lines, said),
        "loud": [(part, tone_of(part), rows(part.lines, said)) for part in loud],
        "quiet": [(part, tone_of(part)) for part in quiet],
        "page": _page(answer),
        "recording": view.recording_of(answer.id) if answer.kind == "incident" else "",
        "takeable": any(one.incident.id == answer.id and is_takeable(one, view) for one in view.incidents())
        and answer.at >= view.now() - 1.0,
    }


def _page(answer: Answer) -> str:
    """Return the page of what an answer is about; empty where it has none of its own."""
    return {"device": f"/devices/{answer.id}", "service": f"/services/{answer.id}"}.get(answer.kind, "")


def tone_of(answer: Answer) -> str:
    """Return the tone of an answer: what nobody knows is never fine."""
    return _TONES.get(answer.verdict, "unknown")


def rows(lines: Sequence[Line], said: Words) -> list[tuple[str, str, bool]]:
    """Return lines as (topic, text, holds); a topic that goes on is said once."""
    found, before = [], ""
    for line in lines:
        topic = "" if line.topic == before else said(f"explain.topic.{line.topic}")
        found.append((topic, line.text, line.holds))
        before = line.topic
    return found
