"""The voices of a PDU and of a rack transfer switch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from zlib import crc32

from dcim.simulator.plant.network import POWER_FACTOR, Bus, Changeover
from dcim.simulator.voice.words import (
    Marks,
    Phases,
    Said,
    Vocabulary,
    amperes,
    before,
    flag,
    volts,
)

_VOLTS: Final = 230.0
_NEAR: Final = 0.8
"""Share of the rating from which a PDU warns."""

PARTS = ("outlet", "bank", "breaker", "inlet")
"""What a PDU's load is split into."""


class PduVoice:
    """Says everything about one rack PDU. ``shown`` gives the labels of each part that its device has."""

    def __init__(self, name: str, bus: Bus, phases: Phases, shown: dict[str, frozenset[str]]) -> None:
        self._name = name
        self._bus = bus
        self._phases = phases
        self._most = 0.0
        self._weights = {part: _weights(name, labels) for part, labels in shown.items() if labels}

    def vocabulary(self) -> Vocabulary:
        """Return what a PDU can say."""
        said = self._of("pdu", lambda _: 1.0) | self._of("pdu_phase", self._phases.share)
        for part in PARTS:
            said |= self._of(f"pdu_{part}", self._share(part))
        inlet = self._share("inlet")
        said |= self._of("pdu_inlet_phase", lambda marks: inlet(marks) * self._phases.share(marks))
        return (
            said
            | self._ratings()
            | {
                "pdu_frequency_hertz": lambda _: self._bus.hertz,
                "pdu_inlet_frequency_hertz": lambda _: self._bus.hertz,
                "pdu_inlet_residual_current_amperes": lambda _: 0.004,
                "pdu_breaker_state": lambda _: "closed",
                "pdu_outlet_state": lambda _: "on",
                "pdu_inlet_state": lambda _: "normal",
                "pdu_alarm": lambda _: 0.0,
            }
        )

    def _share(self, part: str) -> Callable[[Marks], float]:
        weights = self._weights.get(part, {})
        return lambda marks: weights.get(marks.get(part, ""), 1.0)

    def _of(self, prefix: str, share: Callable[[Marks], float]) -> Vocabulary:
        """Return what is said about the whole PDU or one part of it, given its share of the load."""
        bus = self._bus
        return {
            f"{prefix}_power_watts": lambda marks: bus.watts * share(marks),
            f"{prefix}_apparent_power_voltamperes": lambda marks: bus.watts * share(marks) / POWER_FACTOR,
            f"{prefix}_current_amperes": lambda marks: amperes(bus.watts * share(marks), bus),
            f"{prefix}_voltage_volts": lambda marks: volts(bus, marks),
            f"{prefix}_power_factor_ratio": lambda _: POWER_FACTOR,
            f"{prefix}_energy_joules_total": lambda marks: (
                (before(self._name, 9e10) + bus.joules) * share(marks)
            ),
            f"{prefix}_load_state": lambda marks: self._load(self._hottest(marks, share(marks))),
        }

    def _ratings(self) -> Vocabulary:
        """Return what the PDU and its phases bear, where they warn, and what they carried at most."""
        bus = self._bus
        full = self._rating * _VOLTS * self._phases.count * POWER_FACTOR
        said: Vocabulary = {
            "pdu_rating_power_watts": lambda _: full,
            "pdu_overload_power_watts": lambda _: full,
            "pdu_near_overload_power_watts": lambda _: _NEAR * full,
            "pdu_peak_power_watts": lambda _: self._peak(bus.watts),
            "pdu_phase_peak_current_amperes": lambda marks: amperes(
                self._peak(bus.watts) * self._phases.share(marks), bus
            ),
        }
        for prefix in ("pdu", "pdu_phase", "pdu_inlet"):
            said |= {
                f"{prefix}_rating_current_amperes": lambda _: self._rating,
                f"{prefix}_overload_current_amperes": lambda _: self._rating,
                f"{prefix}_near_overload_current_amperes": lambda _: _NEAR * self._rating,
            }
        return said

    @property
    def _rating(self) -> float:
        """Return the amperes of a phase."""
        return self._bus.rating or 32.0

    def _peak(self, now: float) -> float:
        """Return the most that the device has said so far, as a card keeps it since its last reset."""
        self._most = max(self._most, now)
        return self._most

    def _hottest(self, marks: Marks, share: float) -> float:
        """Return the current that is judged: of the phase, of the whole that of its highest phase."""
        bus = self._bus
        if marks.get("phase") or self._phases.count < 2:
            return amperes(bus.watts * share, bus)
        return max(map(bus.amperes, (0, 1, 2))) * share

    def _load(self, current: float) -> Said:
        if current >= self._rating:
            return "overload", "above_critical"
        return ("near_overload", "above_warning") if current >= _NEAR * self._rating else "normal"


def _weights(name: str, labels: frozenset[str]) -> dict[str, float]:
    """Spread a load over parts, unevenly and always the same way; the shares sum to 1."""
    raw = {label: 1.0 + crc32(f"{name} {label}".encode()) % 7 for label in labels}
    total = sum(raw.values())
    return {label: weight / total for label, weight in raw.items()}


_BANKS: Final = {"1": 0.6, "2": 0.4}
"""How the load of a switch is spread over its banks; any other bank is the total."""
_RATED: Final = 16.0
"""Amperes of a rack switch."""


class AtsVoice:
    """Says everything about one transfer switch with the sources A and B."""

    def __init__(self, switch: Changeover) -> None:
        self._switch = switch

    def vocabulary(self) -> Vocabulary:
        """Return what a transfer switch can say."""
        switch = self._switch
        return {
            "ats_source_state": lambda _: switch.word() if switch.live else ("none", switch.stands),
            "ats_input_state": self._input_state,
            "ats_redundancy_state": lambda _: "full" if all(s.live for s in switch.sources) else "lost",
            "ats_input_voltage_volts": lambda marks: volts(switch.sources[_side(marks)], {}),
            "ats_input_frequency_hertz": lambda marks: switch.sources[_side(marks)].hertz,
            "ats_input_current_amperes": lambda marks: amperes(self._through(marks), switch),
            "ats_input_power_watts": self._through,
            "ats_output_frequency_hertz": lambda _: switch.hertz,
            "ats_transfers_total": lambda _: float(switch.transfers),
            "ats_alarm": self._alarm,
            **self._out("ats_output", lambda _: 1.0),
            **self._out("ats_output_phase", lambda _: 1.0),
            **self._out("ats_bank", lambda marks: _BANKS.get(marks.get("bank", ""), 1.0)),
        }

    def _out(self, prefix: str, share: Callable[[Marks], float]) -> Vocabulary:
        """Return what is said about the output or one bank of it."""
        switch = self._switch
        return {
            f"{prefix}_voltage_volts": lambda _: switch.volts,
            f"{prefix}_current_amperes": lambda marks: amperes(switch.watts * share(marks), switch),
            f"{prefix}_power_watts": lambda marks: switch.watts * share(marks),
            f"{prefix}_apparent_power_voltamperes": lambda marks: switch.watts * share(marks) / POWER_FACTOR,
            f"{prefix}_load_ratio": lambda marks: amperes(switch.watts * share(marks), switch) / _RATED,
        }

    def _through(self, marks: Marks) -> float:
        """Return the watts that come from a source: all of them from the chosen one."""
        return self._switch.watts if self._switch.live and _side(marks) == self._switch.position else 0.0

    def _input_state(self, marks: Marks) -> str:
        return "ok" if self._switch.sources[_side(marks)].live else "failed"

    def _alarm(self, marks: Marks) -> float:
        lost = not all(source.live for source in self._switch.sources)
        return flag(there=lost and marks.get("alarm") in ("redundancy_lost", "no_redundancy"))


def _side(marks: Marks) -> int:
    """Return which source a point is about: labels are ``a`` and ``b``, in either case, or 1 and 2."""
    return 1 if marks.get("source", "a").lower() in ("b", "2") else 0
