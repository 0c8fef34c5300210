"""A quiet building costs nothing: with all shipped rules, values that move within limits are not looked at."""

from collections.abc import Callable

import pytest

from dcim.alerts import Watch, read_rules
from dcim.model import Asset, Batch, Kind, Layout
from dcim.series import Newest

PHASES = [{"phase": f"L{n}"} for n in (1, 2, 3)]


def spread(metric: str, value: float) -> list[tuple[str, dict[str, str], float]]:
    return [(metric, phase, value) for phase in PHASES]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (
            Kind.PDU,
            [
                ("pdu_power_watts", {}, 3000.0),
                *spread("pdu_phase_current_amperes", 5.0),
                *spread("pdu_phase_voltage_volts", 230.0),
                *spread("pdu_phase_power_watts", 1000.0),
            ],
        ),
        (
            Kind.UPS,
            [
                ("ups_output_load_ratio", {}, 0.4),
                ("ups_battery_charge_ratio", {}, 0.99),
                ("ups_battery_runtime_seconds", {}, 3600.0),
                *spread("ups_input_voltage_volts", 230.0),
                *spread("ups_output_voltage_volts", 230.0),
            ],
        ),
    ],
)
def test_a_device_whose_values_move_within_their_limits_is_not_looked_at(
    kind: Kind, said: list[tuple[str, dict[str, str], float]],
    make_asset: Callable[..., Asset], make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    newest = Newest()
    watch = Watch(read_rules([]), [make_asset(kind=kind)], "cas1", lambda _lane, every: every, newest.batches)
    layout = make_layout(*((metric, labels) for metric, labels, _ in said))

    def poll(turn: int) -> None:
        one = batch(layout, *(value * (1 + turn / 10_000) for *_, value in said), at=10.0 * turn)
        newest.take(one)
        assert watch.take(one, one.at) == []

    for turn in range(3):
        poll(turn)
    looks = watch.looks
    for turn in range(3, 20):
        poll(turn)
    assert watch.looks == looks
