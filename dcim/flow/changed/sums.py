"""What is put on each phase that is given, as the difference from before, while places change. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dcim.flow.changed.spot import Change, Known, Put, PutOn, Spot
from dcim.flow.now.live import DEAD, Live


class Sums:
    """Sums over what was put. ``of``: by phase that is given; ``missed``: places of which none is kept.

    What is put on a place that was live and is dead, or that fell as something had fallen before, is added up
    when it is renewed: a difference from before cannot be told of it until then.
    """

    def __init__(self, spots: Sequence[Spot]) -> None:
        self.of: dict[int, Change] = {}
        self.missed: set[int] = set()
        self._spots = spots
        self._stood: dict[int, Change] = {}  # by arc

    def copy(self) -> Sums:
        """Return the same on its own."""
        other = Sums(self._spots)
        other.of, other.missed, other._stood = dict(self.of), set(self.missed), dict(self._stood)
        return other

    def put(self, puts: Iterable[PutOn], live: Mapping[int, Live]) -> set[int]:
        """Put on the sources what a place takes now; return those to which that is something else."""
        found: set[int] = set()
        for source, given in puts:
            if live.get(source) == DEAD and self._spots[source].live != DEAD:
                self.missed.add(source)
            elif source in self.missed or self._put(given):
                found.add(source)
        return found

    def make_up(self, spot: Spot, known: Mapping[int, Known]) -> None:
        """Add up what was put on a place meanwhile; ``known``: how the places stand that changed."""
        self.missed.discard(spot.at)
        for child in spot.children:
            stands = known.get(child)
            for source, given in stands.puts if stands is not None else ():
                if source == spot.at:
                    self._put(given)

    def _put(self, given: Iterable[Put]) -> bool:
        stood, sums = self._stood, self.of
        other = False
        for number, gives, put, same in given:
            before = stood.get(number, same)
            if before == put:
                continue
            stood[number] = put
            low, high, least, most = put
            was_low, was_high, was_least, was_most = before
            change = low - was_low, high - was_high, least - was_least, most - was_most
            total = sums.get(gives)
            if total is not None:
                low, high, least, most = total
                change = low + change[0], high + change[1], least + change[2], most + change[3]
            sums[gives] = change
            other = True
        return other
