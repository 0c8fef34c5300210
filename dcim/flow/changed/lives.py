"""Who is live after a change, and which feeds carry. Pure.

What was doubtful before and is so now may still be as it was, for sure: nothing has befallen it, nor what
feeds it. Then what it carries does not fall: it is live and was, or is dead and carried nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

from dcim.flow.changed.spot import Spot
from dcim.flow.now.live import DEAD, LIVE, PERHAPS, Live, fed, modes
from dcim.flow.now.plan import Carried, anew, divide, perhaps, returned
from dcim.flow.values.model import Rule


class Stand(NamedTuple):
    """Whether a place is live and which feeds carry.

    ``same``: nobody knows whether it is live, but that is as it was. ``steady``: so it is of the feeds of
    which nobody knows. ``wakes``: it is a load that was dark, or may have been. ``again``: a feed may
    have been dead, and may be back. ``feeds``: how live those are of a switch that is where it was as long as
    that is live, nobody knows where.
    """

    state: Live
    now: tuple[Live, ...]
    same: bool = False
    steady: bool = False
    wakes: bool = False
    again: bool = False
    feeds: tuple[Live, ...] = ()


_DARK: Final = Stand(DEAD, ())


class Lives:
    """``caps``: how live places are at most; ``live``: how live they are; ``charge``: what batteries give.

    One whose ``charge`` is DEAD is empty and helps no more; PERHAPS: nobody knows whether it does. ``left``:
    switches that a source has failed, which may be back: whether they go back to it nobody knows.
    """

    def __init__(self, spots: Sequence[Spot]) -> None:
        self.caps: dict[int, Live] = {}
        self.live: dict[int, Live] = {}
        self.charge: dict[int, Live] = {}
        self.left: set[int] = set()
        self._spots = spots
        self._other: set[int] = set()  # doubtful now, and perhaps not as it was

    def stand_as(self, one: Lives) -> None:
        """Stand as others do."""
        self.caps, self.live, self.charge = dict(one.caps), dict(one.live), dict(one.charge)
        self._other, self.left = set(one._other), set(one.left)

    def forget_doubt(self, places: Iterable[int]) -> None:
        """Take these for known: none of them is doubtful now."""
        self._other.difference_update(places)

    def is_live(self, at: int) -> Live:
        """Return whether a place has power."""
        return self.live.get(at, self._spots[at].live)

    def sink(self, caps: Mapping[int, Live]) -> set[int]:
        """Let places be at most so live, without computing what is carried; return those it concerns."""
        self.caps.update(caps)
        return self.renew_lives(caps)

    def renew_lives(self, places: Iterable[int]) -> set[int]:
        """Renew what is live, from these places downwards; return those whose feeds or state changed."""
        spots, live = self._spots, self.live
        waiting = list(places)
        heapify(waiting)
        seen: set[int] = set()
        while waiting:
            at = heappop(waiting)
            if at in seen:
                continue
            seen.add(at)
            spot = spots[at]
            now = self._alive(spot)
            other = now == PERHAPS and not self._stays(spot)
            changed = now != live.get(at, spot.live) or other != (at in self._other)
            if changed or (other and self._rises(at)):
                live[at] = now
                (self._other.add if other else self._other.discard)(at)
                for child in spot.children:
                    if child not in seen:
                        heappush(waiting, child)
        return seen

    def _alive(self, spot: Spot) -> Live:
        cap = self.caps.get(spot.at, spot.own)
        charge = self.charge.get(spot.at, LIVE) if spot.stores else DEAD
        if charge == LIVE or not spot.parents or cap == DEAD:
            return cap
        live, spots, parents = self.live, self._spots, spot.parents
        if len(parents) == 1:
            feed = live.get(parents[0], spots[parents[0]].live)
        else:
            feed = fed(spot.element, [live[at] if at in live else spots[at].live for at in parents])
        return min(cap, max(charge, feed))

    def leave(self, switches: Iterable[int]) -> None:
        """Note those of some switches whose source has failed, or may have: before any can come back."""
        for at in switches:
            spot = self._spots[at]
            stood = spot.parents if spot.stands < 0 else (spot.parents[spot.stands],)
            if any(self.is_live(one) < self._spots[one].live for one in stood):
                self.left.add(at)

    # what is doubtful

    def _is_same(self, at: int) -> bool:
        """Whether something of which nobody knew whether it is live surely is as live as it was."""
        return self._spots[at].live == PERHAPS == self.is_live(at) and at not in self._other

    def _is_as_before(self, at: int) -> bool:
        """Whether something surely is as live as it was."""
        return self._spots[at].live == LIVE == self.is_live(at) or self._is_same(at)

    def _stays(self, spot: Spot) -> bool:
        """Whether something that is doubtful is as live as it was, by itself and what feeds it."""
        if spot.at in self.caps or spot.live != PERHAPS:
            return False
        if not spot.parents or (spot.stores and self.charge.get(spot.at, LIVE) == LIVE):
            return True
        if spot.stores:  # it lived without its feeds, and cannot any more
            return any(self.is_live(one) == LIVE for one in spot.parents)
        sure = [self._spots[one].live == LIVE == self.is_live(one) for one in spot.parents]
        if spot.element.rule is not Rule.ALL and any(sure):
            return True
        return all(
            good or self._spots[one].live == DEAD == self.is_live(one) or self._is_same(one)
            for good, one in zip(sure, spot.parents, strict=True)
        )

    def _rises(self, at: int) -> bool:
        """Whether something may have been dark for want of a feed that it has now: an engine has started."""
        spot = self._spots[at]
        if spot.live == DEAD and self.is_live(at) != DEAD:  # perhaps not: it may have tripped since
            return True
        if spot.live == LIVE or spot.stores:
            return False
        if spot.element.rule is not Rule.ALL and any(self._spots[one].live == LIVE for one in spot.parents):
            return False  # it had one
        return any(self._rises(one) for one in spot.parents)

    # which feeds carry

    def stand(self, spot: Spot) -> Stand:
        """Return how a place stands, and which feeds carry now, as far as it is live."""
        live, spots = self.live, self._spots
        state = live.get(spot.at, spot.live)
        if state == DEAD:  # whatever feeds it
            return _DARK
        feeds = [live[at] if at in live else spots[at].live for at in spot.parents]
        stays = spot.simple or self._stays_put(spot, feeds)
        now = tuple(feeds) if spot.simple else modes(spot.element, feeds, _keeps(spot, feeds, stays=stays))
        if spot.sure and state == LIVE and PERHAPS not in now:
            return standing(now)
        if spot.rests:
            now = tuple([min(mode, PERHAPS) for mode in now])
        wakes = spot.ends and (spot.live == DEAD or (spot.live == PERHAPS and self._rises(spot.at)))
        again = PERHAPS in spot.modes and any(self._rises(at) for at in spot.parents)
        if state == LIVE and PERHAPS not in now:
            return Stand(state, now, wakes=wakes, again=again)
        same = state == PERHAPS and self._is_same(spot.at)
        if state != LIVE and not same:
            now, feeds = tuple([min(mode, state) for mode in now]), [min(feed, state) for feed in feeds]
        steady = (
            stays
            and spot.at not in self.caps
            and all(
                was == PERHAPS and self._is_as_before(at)
                for was, mode, at in zip(spot.modes, now, spot.parents, strict=True)
                if mode == PERHAPS
            )
        )
        anywhere = stays and spot.stands < 0 and spot.element.rule is Rule.SELECT
        return Stand(state, now, same, steady, wakes, again, tuple(feeds) if anywhere else ())

    def _stays_put(self, spot: Spot, feeds: Sequence[Live]) -> bool:
        """Whether a switch has no source that is back, or that lives now and did not: it may go there."""
        spots = self._spots
        back = spot.at in self.left
        return not back and all(feed <= spots[at].live for feed, at in zip(feeds, spot.parents, strict=True))


def _keeps(spot: Spot, feeds: Sequence[Live], *, stays: bool) -> int:
    """Return the feed to which a switch keeps, -1 where nobody knows.

    Where a source may be back it is known only if it stood on the one that it is declared to prefer.
    """
    known = spot.stands >= 0 and spot.stands == spot.element.preferred and feeds[spot.stands] == LIVE
    return spot.stands if stays or known else -1


@lru_cache(maxsize=1024)
def standing(now: tuple[Live, ...]) -> Stand:
    """Return how a place stands that is live as it was, with feeds that surely carry or do not."""
    return Stand(LIVE, now)


def divided(spot: Spot, stand: Stand) -> tuple[Carried, ...]:
    """Return how a place that is not dead divides what it takes among its feeds."""
    plan = spot.plans.get(stand)
    if plan is None:
        said = spot.cords, spot.modes, stand.now
        plan = divide(*said, steady=stand.steady, feeds=stand.feeds) if stand.now else ()
        if stand.same:
            plan = tuple(perhaps(one) for one in plan)
        if spot.rests or (stand.again and spot.stores):  # perhaps it was on its battery and took nothing
            plan = tuple(anew(one) for one in plan)
        elif stand.again and spot.element.rule is Rule.SHARE and len(plan) > 1:
            plan = returned(spot.modes, stand.now)
        spot.plans[stand] = plan
    return plan
