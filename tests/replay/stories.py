"""The recorded incidents of the library: what befalls the simulated site of ``plant.yaml``, what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dcim.model.fact import Json
from dcim.windows import Once, Scope, Span, Window
from dcim.windows.body import body_of

HERE: Final = Path(__file__).parent
LIBRARY: Final = HERE / "library"
PLANT: Final = HERE / "plant.yaml"

RACKS: Final = ("r1-a", "r1-b", "r2-a", "r2-b", "env-1")
MORE: Final[Mapping[str, Any]] = {
    "topology": {"net-1": {"kind": "switch", "name": "Rack switch"}},
}


@dataclass(frozen=True, slots=True)
class Story:
    """One incident: what befalls the site and when (seconds), how long it is recorded, what it must come to."""

    name: str
    title: str
    lasts: float
    lines: tuple[tuple[float, str], ...]
    expect: tuple[str, ...]
    acts: tuple[tuple[float, Callable[[Any], dict[str, Any] | None]], ...] = field(default=())
    weak: tuple[str, ...] = ()  # strips with breakers of 9 A instead of 16


def _maintenance(core: Any) -> dict[str, Any]:
    """Announce the test of UPS A, as somebody does who is going to make it."""
    at = core._clock.now()
    span = Span(at, at + 120.0)
    scope = Scope(devices=frozenset({"ups-1", "board-a", "crac-n", "r1-a", "r2-a", "sw-a"}))
    window = Window("ups-test", scope, Once(span), "battery test of UPS A", "", "somebody")
    core.announced(window)
    body: dict[str, Json] = dict(body_of(window, span))
    return {"window": {"id": window.id, "body": {**body, "announced": at}}}


STORIES: Final = (
    Story("feed-loss", "Feed B is lost for a minute and a half; UPS B lives on its battery", 150.0,
          ((30.0, "lose utility-b"), (120.0, "restore utility-b")), ("pages 1", "within 10 s of 30 s", "root tr-b")),
    Story("failed-transfer", "Feed A is lost, the generator runs, and the transfer switch does not move", 120.0,
          ((20.0, "stick ats-a"), (30.0, "lose utility-a")), ("pages 1", "within 10 s of 30 s", "root tr-a")),
    Story("crac-cascade", "A cooling unit stops, later the other as well; the hall warms", 240.0,
          ((20.0, "lose crac-1"), (100.0, "lose crac-2")), ("pages 2", "within 35 s of 20 s", "root crac-n", "root crac-s")),
    Story("gateway-hang", "The gateway of the meters takes questions and never answers", 240.0,
          ((30.0, "hang gw-1"),), ("pages 1", "within 105 s of 30 s", "root gw-1")),
    Story("ups-test", "UPS A tests its battery within announced work: nobody is told", 100.0,
          ((30.0, "test ups-a 20"),), ("quiet",), ((10.0, _maintenance),)),
    Story("agent-restart", "The card of UPS B restarts: silent for seconds, a new uptime, no power cut", 90.0,
          ((30.0, "restart ups-2"),), ("quiet",)),
    Story("re-index", "The rows of the probes have other numbers after a restart: the points stay theirs", 120.0,
          ((30.0, "reindex env-1"),), ("quiet",)),
    Story("sensor-failure", "The first probe of the racks says that it measures no more", 120.0,
          ((30.0, "fail env-1"),), ("pages 1", "within 15 s of 30 s", "root env-1")),
    Story("overload-after-loss", "UPS A fails; strip B of rack R2 carries the load of both and trips", 150.0,
          ((20.0, "lose ups-a"),), ("pages 1", "within 15 s of 20 s", "root ups-1"), weak=("pdu-r2-a", "pdu-r2-b")),
    Story("network-split", "The switch of the racks fails: all their agents are silent, and their power is fine", 240.0,
          tuple((30.0, f"hang {name}") for name in RACKS), ("pages 1", "within 110 s of 30 s", "root net-1")),
    Story("generator-fails-to-start", "Feed A is lost and the generator does not start", 150.0,
          ((20.0, "lose genset-1"), (30.0, "lose utility-a")), ("pages 1", "within 10 s of 30 s", "root tr-a")),
    Story("cable-moved", "A cord of the servers of R1 is moved from strip A to strip B", 150.0,
          ((30.0, "move srv-r1 1"),), ("quiet",)),
)  # fmt: skip
