"""Lines as columns, against the same thing said point by point."""

import math
from collections.abc import Iterable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from dcim.model import Lane, Layout, Meaning, Point, state_code
from dcim.outputs.shape import shape, shape_key
from dcim.outputs.table import Placed, Table

WORDS = ("normal", "battery")
STATES = {state_code(word): Meaning(word) for word in WORDS}
NUMBERS, STATE = "ups_input_voltage_volts", "ups_output_source_state"
values = st.one_of(st.just(math.nan), st.floats(allow_nan=False), st.sampled_from(list(STATES)))
devices = st.lists(
    st.tuples(st.booleans(), st.lists(st.tuples(st.booleans(), values), min_size=1, max_size=5)), max_size=5
)


def layout(kinds: Iterable[bool]) -> Layout:
    """A layout of numbers and states (True), each with a place of its own."""
    points = tuple(
        Point("x", STATE if is_state else NUMBERS, (("place", str(at)),)) for at, is_state in enumerate(kinds)
    )
    states = tuple(STATES if point.metric == STATE else None for point in points)
    return Layout("x", Lane.FAST, points, states, ("",) * len(points))


def lines_of(device: int, place: int, is_state: bool, value: float) -> dict[tuple[str, ...], float]:
    """What one point has to say."""
    if math.isnan(value) or (is_state and value not in STATES):
        return {}
    name = (f"d{device}", str(place))
    if not is_state:
        return {(*name, ""): value}
    return {(*name, word): float(value == state_code(word)) for word in WORDS}


@given(devices)
def test_every_value_that_is_there_is_a_line_and_nothing_else_is(story) -> None:
    placed: list[Placed] = []
    flat: list[float] = []
    wanted: dict[tuple[str, ...], float] = {}
    for device, (shown, slots) in enumerate(story):
        found = shape(shape_key(layout(is_state for is_state, _ in slots)))
        if shown:
            placed.append(Placed(found, len(flat), device))
            for place, (is_state, value) in enumerate(slots):
                wanted |= lines_of(device, place, is_state, value)
        flat += [value for _, value in slots]
    table = Table.of(placed, [f'asset="d{device}"' for device in range(len(story))])
    text = b"".join(table.text(table.said(np.array(flat, dtype=np.float64)))).decode()
    families = list(text_string_to_metric_families(text))
    assert len({family.name for family in families}) == len(families) == text.count("# TYPE ")
    found = {
        tuple(sample.labels.get(name, "") for name in ("asset", "place", "state")): sample.value
        for family in families
        for sample in family.samples
    }
    assert found == wanted
