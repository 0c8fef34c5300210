"""The section ``contracts``: what was promised for services, what counts, and what a miss costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from dcim.contracts import Contract, Counts, Excusable, Penalty
from dcim.graph import Service
from dcim.settings.reading.files import Files
from dcim.settings.reading.layers import Part
from dcim.settings.reading.shapes import Names
from dcim.settings.values.hours import Day
from dcim.settings.values.written import Line, Seconds
from dcim.yaml import Loc, Section, found, unknown

_MOST: Final = 366 * 86400.0


def exact(written: object) -> Fraction:
    """Return a number as exactly what is written: ``99.982`` is 99 982 thousandths, no float near it."""
    if isinstance(written, Fraction):
        return written
    if isinstance(written, int | float) and not isinstance(written, bool) and abs(written) < 1e15:
        return Fraction(repr(written))
    msg = f"expected a number, found {found(written)}"
    raise ValueError(msg)


def percent(written: object) -> Fraction:
    """Return a percentage as a share of 1, exact: ``99.98``, ``99.98 %``, ``"5%"``."""
    text = written.removesuffix("%").strip() if isinstance(written, str) else written
    try:
        value = Fraction(text) if isinstance(text, str) and "/" not in text else exact(text)
    except (ValueError, OverflowError):
        msg = f"expected a percentage such as 99.98 %, found {found(written)}"
        raise ValueError(msg) from None
    if not 0 <= value <= 100:
        msg = f"a percentage is from 0 to 100, found {found(written)}"
        raise ValueError(msg)
    return value if isinstance(written, Fraction) else value / 100


def _weight(value: Fraction) -> Fraction:
    if value <= 0:
        msg = "a weight is above 0"
        raise ValueError(msg)
    return value


Percent: TypeAlias = Annotated[Fraction, BeforeValidator(percent)]
Weight: TypeAlias = Annotated[Fraction, BeforeValidator(exact), AfterValidator(_weight)]


def _listed(written: object) -> object:
    return [written] if isinstance(written, str) else written


class StepShape(Section):
    """What is owed below a share: ``credit`` of the price of the period."""

    below: Percent
    credit: Percent


class ContractShape(Section):
    """One contract. Percentages may have as many decimals as the paper."""

    name: Line = Field(default="", max_length=200)
    clause: Line = Field(default="", max_length=200)
    services: Names = Field(min_length=1)
    at_least: int | None = Field(default=None, ge=1)
    target: Percent | None = None
    period: Literal["day", "week", "month", "quarter", "year"] = "month"
    counts: Literal["function", "redundancy"] = "function"
    excluded: Annotated[
        tuple[Literal["scheduled_maintenance", "force_majeure"], ...], BeforeValidator(_listed)
    ] = ()
    notice: Annotated[Seconds, Field(ge=0, le=_MOST)] | None = None
    coverage: Percent | None = None
    force_majeure: Annotated[tuple[Line, ...], BeforeValidator(_listed)] = ()
    penalties: tuple[StepShape, ...] = ()
    weights: dict[str, Weight] = Field(default_factory=dict)
    unit: Line = Field(default="", max_length=40)
    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="until")


def contracts(files: Files, services: Sequence[Service]) -> Iterator[Contract]:
    """Yield every contract that is right; note what is wrong with the others."""
    known = {service.id: service for service in services}
    for name, part in files.named("contracts").items():
        shape = files.reader.part(part.document, ContractShape, part.loc)
        if shape is not None and _is_right(files, part, shape, known):
            yield _contract(name, shape, known)


def _contract(name: str, shape: ContractShape, known: Mapping[str, Service]) -> Contract:
    tenants = {known[one].tenant for one in shape.services}
    terms = Contract(name)
    return Contract(
        id=name,
        services=shape.services,
        needs=shape.at_least or 0,
        name=shape.name,
        clause=shape.clause,
        tenant=tenants.pop() if len(tenants) == 1 else "",
        target=shape.target,
        every=shape.period,
        counts=Counts(shape.counts),
        excluded=frozenset(map(Excusable, shape.excluded)),
        notice=terms.notice if shape.notice is None else round(shape.notice * 1e6),
        coverage=terms.coverage if shape.coverage is None else shape.coverage,
        causes=shape.force_majeure,
        penalties=tuple(Penalty(one.below, one.credit) for one in shape.penalties),
        weights=MappingProxyType(dict(shape.weights)),
        unit=shape.unit,
        first=shape.first,
        last=shape.last,
    )


def _is_right(files: Files, part: Part, shape: ContractShape, known: Mapping[str, Service]) -> bool:
    """Note what of a contract contradicts the building or itself."""
    wrong = [
        *_services(part, shape, known),
        *_weights(shape),
        *_penalties(shape),
        *_alone(shape),
    ]
    for loc, what in wrong:
        at = (*part.loc, *loc)
        files.reader.note(part.document.problem(at if part.document.has(at) else (*part.loc, loc[0]), what))
    return not wrong


_Wrong: TypeAlias = Iterator[tuple[Loc, str]]


def _services(part: Part, shape: ContractShape, known: Mapping[str, Service]) -> _Wrong:
    for number, one in enumerate(shape.services):
        loc: Loc = (
            ("services", number) if part.document.has((*part.loc, "services", number)) else ("services",)
        )
        if one not in known:
            yield loc, unknown("service", one, known)
        if one in shape.services[:number]:
            yield loc, f"{found(one)} stands twice"


def _weights(shape: ContractShape) -> _Wrong:
    for one in sorted(shape.weights.keys() - set(shape.services)):
        yield ("weights", one), unknown("service of this contract", one, shape.services)


def _penalties(shape: ContractShape) -> _Wrong:
    if shape.penalties and shape.target is None:
        yield ("penalties",), "a penalty needs a target"
    for number, one in enumerate(shape.penalties):
        if shape.target is not None and one.below > shape.target:
            yield ("penalties", number, "below"), "it is above the target: nothing is owed where it was kept"
        if one.below in [other.below for other in shape.penalties[:number]]:
            yield ("penalties", number, "below"), "two steps begin at the same share"


def _alone(shape: ContractShape) -> _Wrong:
    """Yield what contradicts itself in one value or two."""
    if shape.at_least is not None and shape.at_least > len(shape.services):
        yield ("at_least",), f"only {len(shape.services)} services are named"
    if shape.target == 0:
        yield ("target",), "a target is above 0 %"
    if shape.force_majeure and "force_majeure" not in shape.excluded:
        yield ("force_majeure",), "causes are listed, but `excluded` does not name force_majeure"
    if shape.first is not None and shape.last is not None and shape.last < shape.first:
        yield ("until",), "it ends before it begins"
