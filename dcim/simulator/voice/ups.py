"""The voice of a UPS."""

from __future__ import annotations

from dcim.simulator.plant.network import POWER_FACTOR, Ups
from dcim.simulator.voice.words import (
    Marks,
    Phases,
    Said,
    Say,
    Vocabulary,
    amperes,
    before,
    flag,
    volts,
)


class UpsVoice:
    """Says everything about one UPS."""

    def __init__(self, name: str, ups: Ups, phases: Phases) -> None:
        self._name = name
        self._ups = ups
        self._phases = phases
        self._alarms = self._known()

    def vocabulary(self) -> Vocabulary:
        """Return what a UPS can say."""
        return self._battery() | self._input() | self._output() | {"ups_alarm": self._alarm}

    def _battery(self) -> Vocabulary:
        ups = self._ups
        return {
            "ups_battery_state": lambda _: self._battery_words(),
            "ups_battery_charge_ratio": lambda _: ups.battery.charge,
            "ups_battery_runtime_seconds": lambda _: min(ups.runtime, 24 * 3600.0),
            "ups_battery_on_time_seconds": lambda _: ups.on_battery_for,
            "ups_battery_voltage_volts": lambda _: ups.battery.volts,
            "ups_battery_current_amperes": lambda _: (ups.discharging - ups.charging) / ups.battery.volts,
            "ups_battery_temperature_celsius": lambda _: 24.0 + 4.0 * ups.watts / ups.rated,
            "ups_transfers_total": lambda _: float(ups.transfers),
            "ups_input_line_bads_total": lambda _: float(ups.transfers),
        }

    def _battery_words(self) -> tuple[str, ...]:
        ups = self._ups
        if ups.battery.charge <= 0.0:
            return ("depleted", "low", "discharging")
        if ups.low:
            return ("low", "discharging")
        if ups.on_battery:
            return ("discharging", "normal")
        return ("charging", "normal") if ups.battery.charge < 0.98 else ("floating", "normal")

    def _input(self) -> Vocabulary:
        ups, share = self._ups, self._phases.even
        return {
            "ups_input_voltage_volts": lambda marks: volts(ups.parent, marks),
            "ups_input_current_amperes": lambda marks: amperes(ups.drawn, ups.parent) * share(marks),
            "ups_input_power_watts": lambda marks: ups.drawn * share(marks),
            "ups_input_frequency_hertz": lambda _: ups.parent.hertz,
            "ups_bypass_voltage_volts": lambda marks: volts(ups.parent, marks),
            "ups_bypass_frequency_hertz": lambda _: ups.parent.hertz,
            "ups_bypass_current_amperes": lambda _: 0.0,
            "ups_bypass_power_watts": lambda _: 0.0,
        }

    def _output(self) -> Vocabulary:
        ups, share = self._ups, self._phases.share
        return {
            "ups_output_source_state": lambda _: self._source(),
            "ups_output_voltage_volts": lambda marks: volts(ups, marks),
            "ups_output_current_amperes": lambda marks: amperes(ups.watts, ups) * share(marks),
            "ups_output_frequency_hertz": lambda _: ups.hertz,
            "ups_output_power_watts": lambda _: ups.watts,
            "ups_output_apparent_power_voltamperes": lambda _: ups.watts / POWER_FACTOR,
            "ups_output_load_ratio": lambda _: ups.watts / ups.rated,
            "ups_output_phase_power_watts": lambda marks: ups.watts * share(marks),
            "ups_output_phase_apparent_power_voltamperes": lambda marks: (
                ups.watts * share(marks) / POWER_FACTOR
            ),
            # a third of the rating on each phase
            "ups_output_phase_load_ratio": lambda marks: ups.watts / ups.rated * self._of_phase(marks),
            "ups_output_power_factor_ratio": lambda _: POWER_FACTOR,
            "ups_output_energy_joules_total": lambda _: before(self._name, 4e12) + ups.joules,
            "ups_test_result_state": lambda _: "in_progress" if ups.tested else ("passed", "none"),
            "ups_temperature_celsius": lambda _: 27.0 + 9.0 * ups.watts / ups.rated,
            "ups_ambient_temperature_celsius": lambda _: 24.0,
            "ups_rating_power_watts": lambda _: ups.rated,
            "ups_rating_apparent_power_voltamperes": lambda _: ups.rated / POWER_FACTOR,
            "ups_efficiency_ratio": lambda _: ups.watts / ups.drawn if ups.drawn else None,
        }

    def _of_phase(self, marks: Marks) -> float:
        share = self._phases.share(marks)
        return self._phases.count * share if share < 1.0 else 1.0

    def _source(self) -> str:
        ups = self._ups
        if not ups.live:
            return "none"
        return "battery" if ups.on_battery else "normal"

    def _alarm(self, marks: Marks) -> Said | None:
        """Say one alarm; what the plant does not know of is not there."""
        return self._alarms.get(marks.get("alarm", ""), _quiet)(marks)

    def _known(self) -> dict[str, Say]:
        """Return the alarms that the plant decides, in the words that manuals use for them."""
        ups = self._ups
        on_battery: Say = lambda _: flag(there=ups.on_battery)  # noqa: E731
        low: Say = lambda _: flag(there=ups.low)  # noqa: E731
        empty: Say = lambda _: flag(there=ups.battery.charge <= 0.0)  # noqa: E731
        no_input: Say = lambda _: flag(there=not ups.parent.live)  # noqa: E731
        off: Say = lambda _: flag(there=not ups.live)  # noqa: E731
        wrong: Say = lambda _: flag(there=ups.on_battery or not ups.live)  # noqa: E731
        overload: Say = lambda _: flag(there=ups.watts > ups.rated)  # noqa: E731
        return {
            **dict.fromkeys(("on_battery", "load_on_battery"), on_battery),
            **dict.fromkeys(
                ("low_battery", "battery_low", "battery_near_end", "low_battery_on_battery"), low
            ),
            **dict.fromkeys(("depleted_battery", "battery_discharged", "batteries_discharged"), empty),
            **dict.fromkeys(("input_bad", "rectifier_input_out_of_tolerance", "bypass_bad"), no_input),
            **dict.fromkeys(("rectifier_input_absent", "bypass_input_absent"), no_input),
            **dict.fromkeys(("output_off", "ups_off", "ups_output_off", "inverter_off"), off),
            **dict.fromkeys(("general_alarm", "abnormal_condition"), wrong),
            **dict.fromkeys(("overload", "output_overload"), overload),
        }


def _quiet(_: Marks) -> float:
    return 0.0
