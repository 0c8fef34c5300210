"""From what was found of losses to what the API shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dcim.flow import Over, Trip
from dcim.graph import FEEDS, told_once
from dcim.redundancy import Answer, Headroom, Shown, Single, Spot
from dcim.redundancy.compare import Comparison
from dcim.web.shapes.findingsaid import between, findings_of, finite
from dcim.web.shapes.lossshapes import (
    BarShape,
    ComparisonShape,
    EnduranceShape,
    HeadroomShape,
    LossesShape,
    OverShape,
    PartShape,
    ServiceChangeShape,
    SingleShape,
    SpotShape,
    StageShape,
    SurvivalShape,
    TripShape,
    WarmingShape,
    WhatIfShape,
)  # fmt: skip
from dcim.web.shapes.shapes import moment
from dcim.web.view.losing import Losing
from dcim.words import Words


def answer_of(answer: Answer, losing: Losing, said: Words) -> WhatIfShape:
    """Show an answer; services are called in the words of the reader."""
    return WhatIfShape(
        at=moment(answer.at),
        lost=list(answer.outcome.lost),
        names=[losing.name(name) for name in answer.outcome.lost],
        stages=[
            StageShape(
                when=stage.when,
                after=between(stage.after),
                trips=[trip_of(trip, losing) for trip in stage.trips],
                over=[over_of(over, losing) for over in stage.over],
                dead=sorted(stage.dead),
                doubtful=sorted(stage.doubtful),
                on_battery=sorted(stage.discharging),
                emptied=sorted(stage.emptied),
                endurance=[
                    EnduranceShape(
                        part=one.element,
                        name=losing.name(one.element),
                        kind=one.kind,
                        seconds=between(one.seconds),
                        watts=between(one.watts),
                    )
                    for one in stage.endurance
                ],
            )
            for stage in answer.outcome.stages
        ],
        services=changes_of(answer, losing, said),
        parts=[part_of(part, losing) for part in answer.parts if part.bars or part.before != part.after],
        cooling=[
            WarmingShape(
                room=one.room,
                name=room_name(one.room, losing),
                seconds=between(one.seconds),
                celsius=one.celsius,
                limit=one.limit,
                kelvin_per_hour=between(one.kelvin),
            )
            for one in answer.warming
        ],
        following=[single_of(one, losing, said) for one in answer.following],
        unrated=list(answer.unrated),
        unrated_names=[losing.name(name) for name in answer.unrated],
        findings=findings_of(answer.findings, losing, said),
    )


def changes_of(answer: Answer, losing: Losing, said: Words) -> list[ServiceChangeShape]:
    """Return the services that would stand otherwise, those that fall first."""
    order = {"down": 0, "unknown": 1, "up": 2}
    found = [
        ServiceChangeShape(
            service=name,
            name=called(name, losing, said),
            before=answer.before[name].function,
            after=standing.function,
            redundancy=standing.redundancy,
        )
        for name, standing in answer.standing.items()
        if standing != answer.before[name] and not _same_as_whole(name, answer)
    ]
    return sorted(found, key=lambda one: (order[one.after], one.service))


def _same_as_whole(name: str, answer: Answer) -> bool:
    """Whether a service is the feeds of a rack, and the rack itself changes to the same: told once."""
    whole = name.removesuffix(FEEDS)
    return whole != name and answer.standing.get(whole) == answer.standing[name] != answer.before.get(whole)


def called(service: str, losing: Losing, said: Words) -> str:
    """Return what people call a service; the feeds of a rack by that of the rack."""
    rack = service.removesuffix(FEEDS)
    return losing.name(service) if rack == service else said("losses.feeds_of", losing.name(rack))


def unsurvived(losing: Losing, said: Words) -> list[SurvivalShape]:
    """Return what does not surely survive every single loss; feeds that fare as their rack are left out."""
    found = losing.verdicts.services
    shown = [one for one in survivals(losing, said) if one.survival != "survives"]
    return [
        one
        for one in sorted(shown, key=lambda one: (one.survival, one.service))
        if not one.service.endswith(FEEDS) or found.get(one.service.removesuffix(FEEDS)) != found[one.service]
    ]


def room_name(room: str, losing: Losing) -> str:
    """Return what people call a room; one without a name by its id alone."""
    return losing.name(room).removeprefix("room/")


def part_of(part: Shown, losing: Losing) -> PartShape:
    """Show a part before and after."""
    return PartShape(
        part=part.part,
        name=losing.name(part.part),
        kind=part.kind,
        feeds=list(part.feeds),
        was=part.was,
        state=part.state,
        limits=[
            BarShape(
                phase=bar.phase,
                unit=bar.unit,
                limit=bar.limit,
                before=between(bar.before),
                after=between(bar.after),
            )
            for bar in part.bars
        ],
        before={phase: between(one) for phase, one in part.before.phases.items()},
        after={phase: between(one) for phase, one in part.after.phases.items()},
    )


def trip_of(trip: Trip, losing: Losing) -> TripShape:
    """Show a trip."""
    return TripShape(
        part=trip.element,
        name=losing.name(trip.element),
        phase=trip.phase,
        others=list(trip.others),
        surely=trip.surely,
        share=between(trip.share),
        step=trip.step,
    )


def over_of(over: Over, losing: Losing) -> OverShape:
    """Show a limit that is passed."""
    return OverShape(
        part=over.element,
        name=losing.name(over.element),
        phase=over.phase,
        others=list(over.others),
        level=over.level,
        surely=over.surely,
        share=between(over.share),
        carries=between(over.carries),
        limit=over.limit,
        unit=over.unit,
    )


def single_of(one: Single, losing: Losing, said: Words) -> SingleShape:
    """Show one loss in short."""
    return SingleShape(
        lost=one.lost,
        name=losing.name(one.lost),
        trips=[trip_of(trip, losing) for trip in one.trips],
        over=[over_of(over, losing) for over in one.over],
        down=list(one.down),
        down_names=[called(name, losing, said) for name in told_once(one.down)],
        unknown=list(one.unknown),
        unknown_names=[called(name, losing, said) for name in told_once(one.unknown)],
        reduced=one.reduced,
    )


def survivals(losing: Losing, said: Words) -> list[SurvivalShape]:
    """Return whether each service would survive any single loss."""
    return [
        SurvivalShape(
            service=name,
            name=called(name, losing, said),
            survival=one.survival,
            by=one.by,
            by_name=losing.name(one.by) if one.by else "",
        )
        for name, one in losing.verdicts.services.items()
    ]


def losses_of(losing: Losing, said: Words) -> LossesShape:
    """Show the last look."""
    found = losing.verdicts
    return LossesShape(
        at=moment(found.at) if found.at else None,
        cpu_seconds=round(found.spent, 4),
        headroom=[headroom_of(one, losing) for one in tightest(found.headroom)],
        services=survivals(losing, said),
        singles=[single_of(one, losing, said) for one in found.singles],
        findings=findings_of(found.findings, losing, said),
        comparisons=[comparison_of(one) for one in losing.comparisons],
    )


def tightest(headroom: Iterable[Headroom]) -> list[Headroom]:
    """Return headroom with the least first; what is not known comes by what it is at least."""
    return sorted(headroom, key=lambda one: (-one.after.lo, -one.after.hi, one.part, one.phase))


def headroom_of(one: Headroom, losing: Losing) -> HeadroomShape:
    """Show what a part keeps."""
    return HeadroomShape(
        part=one.part,
        name=losing.name(one.part),
        phase=one.phase,
        unit=one.unit,
        limit=one.limit,
        warn=one.warn,
        trip=one.trip,
        now=between(one.now),
        after=between(one.after),
        lost=one.lost,
        lost_name=losing.name(one.lost) if one.lost else "",
    )


def comparison_of(one: Comparison) -> ComparisonShape:
    """Show what was said against what was measured."""
    body: Mapping[str, Any] = one.body()
    return ComparisonShape(
        lost=list(one.lost),
        said_at=moment(one.said_at),
        at=moment(one.at),
        holds=one.holds,
        rows=body["rows"],
    )


def spot_of(spot: Spot, losing: Losing) -> SpotShape:
    """Show a rack and whether something would fit."""
    return SpotShape(
        rack=spot.rack,
        name=losing.name(spot.rack),
        room=spot.room,
        phase=spot.phase,
        fits=spot.fits,
        part=spot.part,
        part_name=losing.name(spot.part) if spot.part else "",
        part_phase=spot.part_phase,
        share=finite(spot.share),
        why=spot.why,
    )
