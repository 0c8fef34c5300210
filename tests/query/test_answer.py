"""Whatever is asked is answered or refused: no question is a bug."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcim.promql import QueryError, names
from dcim.query.answer import Asked, answer, failure
from dcim.query.source import World

from .conftest import NOW, Site
from .test_source import world

SELECTORS = [
    "dcim_ups_output_voltage_volts",
    '{asset=~"ups.*"}',
    "nothing",
    'dcim_ups_output_source_state{state!=""}',
]
NUMBERS = ["0", "1", "-1", "NaN", "Inf", "1e300", "time()"]


def queries(depth: int = 3) -> st.SearchStrategy[str]:
    number, selector = st.sampled_from(NUMBERS), st.sampled_from(SELECTORS)
    spans = st.sampled_from(["[1m]", "[5m] offset 1m", "[1s]", "[1y]"])
    ranged = st.builds(lambda name, of, span: f"{name}({of}{span})",
                       st.sampled_from(sorted(names.OVER_TIME | names.RATES)), selector, spans)  # fmt: skip
    groups = st.sampled_from(["", "by (asset)", "without (phase)", "by (nothing)", "by ()"])
    matching = st.sampled_from(
        ["", "on (asset)", "ignoring (phase)", "on (asset) group_left", "bool", "on ()"]
    )

    def more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds(lambda name, by, of: f"{name} {by} ({of})",
                      st.sampled_from(["sum", "avg", "min", "max", "count", "group"]), groups, inner),
            st.builds(lambda name, most, of: f"{name}({most}, {of})",
                      st.sampled_from(["topk", "bottomk", "histogram_quantile"]), number, inner),
            st.builds(lambda a, how, match, b: f"({a}) {how} {match} ({b})",
                      inner, st.sampled_from(sorted(names.OPERATORS)), matching, inner),
            st.builds(lambda name, of: f"{name}({of})",
                      st.sampled_from(["abs", "absent", "scalar", "timestamp", "sort", "round", "-", "vector"]), inner),
            st.builds(lambda of, a, b: f"clamp({of}, {a}, {b})", inner, number, number),
            st.builds(lambda of, by: f'label_replace({of}, "x", "{by}", "asset", "(.*)-(.)")',
                      inner, st.sampled_from(["$1", "${2}", "$3", "$", "a$1b", ""])),
            st.builds(lambda of: f"max_over_time(({of})[3m:1m])", inner),
        )  # fmt: skip

    return st.recursive(number | selector | ranged, more, max_leaves=depth)


@pytest.fixture
def asked(site: Site) -> World:
    for turn, name in product(range(12), site.devices):
        site.at = NOW + 10 * turn
        site.say(name, [230.0 + turn, None if turn % 3 else 1.0, "battery"])
    site.commit()
    return world(site)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries())
def test_a_query_is_answered_as_json_or_refused_with_a_reason(query: str, asked: World) -> None:
    """Pains: E3."""
    end = round(NOW * 1000) + 100_000
    for kind, times in (("query", {}), ("query_range", {"start": end - 200_000, "step": 7_000})):
        found = reply(asked, Asked(kind, query, end=end, **times))
        assert found["status"] == "success" or found["kind"] in ("bad_data", "execution")


def reply(made: World, question: Asked) -> dict[str, Any]:
    try:
        return dict(json.loads(b"".join(answer(made, question))))
    except QueryError as why:
        kind, text = failure(why)
        assert text
        return {"status": "error", "kind": kind}


def test_numbers_are_written_so_that_they_read_back_the_same(asked: World) -> None:
    for text, said in (
        ("0.1 + 0.2", "0.30000000000000004"), ("1 / 0", "+Inf"), ("-1 / 0", "-Inf"), ("0 / 0", "NaN"),
        ("230", "230"), ("1e21", "1e+21"), ("5e-324", "5e-324"),
    ):  # fmt: skip
        found = reply(asked, Asked("query", text, end=1_500))
        assert found["data"]["result"] == [1.5, said]


def test_names_and_values_of_labels_are_those_of_the_series_that_match(asked: World) -> None:
    series = reply(asked, Asked("series", match=('dcim_ups_output_voltage_volts{phase="L1"}',)))["data"]
    assert [one["asset"] for one in series] == ["ups-a", "ups-b"]
    names_ = reply(asked, Asked("labels", match=('{asset="ups-b"}',)))["data"]
    assert {"__name__", "asset", "phase", "room", "state", "tenant"} <= set(names_)
    assert reply(asked, Asked("values", name="room"))["data"] == ["r1", "r2"]
    assert reply(asked, Asked("values", name="room", match=('{asset="ups-b"}',)))["data"] == ["r2"]


def test_a_range_alone_gives_its_samples_at_one_time_and_none_over_many(asked: World) -> None:
    end = round(NOW * 1000) + 110_000
    query = 'dcim_ups_output_voltage_volts{asset="ups-a",phase="L1"}[30s]'
    (found,) = reply(asked, Asked("query", query, end=end))["data"]["result"]
    assert [value for _, value in found["values"]] == ["238", "239", "240", "241"]
    assert reply(asked, Asked("query_range", query, start=end, end=end, step=1))["kind"] == "bad_data"
