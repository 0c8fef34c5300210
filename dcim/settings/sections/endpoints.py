"""A device written twice, a line described in two ways: told at the second device, naming the first."""

from __future__ import annotations

from collections.abc import Iterator

from dcim.collect import Endpoint
from dcim.model import Problem
from dcim.record import dataclass
from dcim.settings.reading.layers import Layered
from dcim.yaml import found


@dataclass(frozen=True, slots=True)
class _Placed:
    endpoint: Endpoint
    device: str
    layered: Layered

    def __str__(self) -> str:
        first = self.layered.parts[0].document.problem(self.layered.parts[0].loc, "")
        return f"device {found(self.device)} ({first.path}:{first.line})"

    def problem(self, what: str) -> Problem:
        """Return a Problem at the device itself, also where the address is that of its group."""
        own = self.layered.parts[0]
        key = "address" if own.document.has((*own.loc, "address")) else "id"
        return self.layered.problem((key,), what)


class Endpoints:
    """Who answers where, device by device in the order of the files. One for each collector."""

    def __init__(self) -> None:
        self._lines: dict[str, dict[tuple[str, str], _Placed]] = {}

    def add(self, endpoint: Endpoint, device: str, access: str, layered: Layered) -> Iterator[Problem]:
        """Yield what is wrong with one more device beside those before it.

        ``access`` are its credentials: a proxy agent tells devices behind one address apart by them.
        """
        here = _Placed(endpoint, device, layered)
        units = self._lines.setdefault(endpoint.line, {})
        first = next(iter(units.values()), here)
        before = units.setdefault((endpoint.unit, access), here)
        if before is not here:
            yield here.problem(f"{endpoint} is {before} already")
        elif first is not here and any(not unit for unit, _ in units):
            what = f"{endpoint.line} is that of {first} too: where devices share one, each must name its unit"
            yield here.problem(what)
        if first.endpoint.how != endpoint.how:
            what = f"{endpoint.line} is {first.endpoint.how} for {first}, and {endpoint.how} here"
            yield here.problem(what)

    def lines(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield every line that several devices share, with their ids."""
        for line, units in self._lines.items():
            if len(units) > 1:
                yield line, tuple(placed.device for placed in units.values())
