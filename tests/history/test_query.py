"""Whatever was written where, a query gives what a plain list would."""

import asyncio
from array import array

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcim.history import GAP_CODES, History, Limits, Seams
from dcim.history.closing import close
from dcim.model import Batch, Gap, GapReason, Lane, Layout, Point

ASSETS = ("a", "b")
LAYOUTS = [
    Layout(
        asset,
        Lane.FAST,
        tuple(Point(asset, "pdu_power_watts", (("n", str(n)),)) for n in range(3)),
        (None,) * 3,
        ("",) * 3,
    )
    for asset in ASSETS
]
START = 1_795_600_800

value = st.one_of(st.integers(-3, 3).map(float), st.sampled_from(GapReason))
append = st.tuples(
    st.just("append"), st.integers(0, 1), st.integers(0, 8), st.lists(value, min_size=3, max_size=3)
)
act = st.one_of(
    append,
    append,
    st.tuples(st.just("commit")),
    st.tuples(st.just("pass"), st.sampled_from([1800, 3600, 86_400])),
    st.tuples(st.just("tidy")),
    st.tuples(st.just("restart")),
)


class HandClock:
    at = float(START)

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


async def run_here(job):
    await asyncio.to_thread(close, job)


async def play(directory, acts):
    """Do all acts; return the history and what a plain dict holds of it."""
    clock, model = HandClock(), {}

    def opened():
        return History.open(directory, clock, Limits(segment_bytes=3000), Seams(run=run_here, file_rows=10))

    history = opened()
    for what, *how in acts:
        match what:
            case "append":
                asset, at, values = how
                gaps = {n: Gap(each) for n, each in enumerate(values) if isinstance(each, GapReason)}
                numbers = array("d", [float("nan") if n in gaps else each for n, each in enumerate(values)])
                history.append(Batch(LAYOUTS[asset], START + float(at), numbers, gaps))
                for point, each in zip(LAYOUTS[asset].ids, values, strict=True):
                    model[point, (START + at) * 1000] = each
            case "commit":
                await history.commit()
            case "pass":
                clock.at += how[0]
            case "tidy":
                await history.tidy()
            case "restart":
                await history.aclose()
                history = opened()
    return history, model


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(act, max_size=25),
    st.integers(-1, 9),
    st.integers(0, 10),
    st.lists(st.sampled_from([*LAYOUTS[0].ids, *LAYOUTS[1].ids, 5]), min_size=1, max_size=4),
)
def test_a_query_gives_what_a_plain_dictionary_would(tmp_path_factory, acts, first, length, points):
    async def story():
        history, model = await play(tmp_path_factory.mktemp("h") / "history", acts)
        try:
            start, end = START + first, START + first + length
            rows = history.query(points, start, end).rows()
            expected = sorted(
                (point, at, each)
                for (point, at), each in model.items()
                if point in points and start * 1000 <= at < end * 1000
            )
            assert [(point, at) for point, at, _, _ in rows] == [(point, at) for point, at, _ in expected]
            for (_, _, number, gap), (_, _, each) in zip(rows, expected, strict=True):
                assert gap == (GAP_CODES[each] if isinstance(each, GapReason) else 0)
                assert isinstance(each, GapReason) or number == each
            _check_buckets(history.query(points, start, end, 3.0), expected)
        finally:
            await history.aclose()

    asyncio.run(story())


def _check_buckets(rows, expected):
    held = {}
    for point, at, each in expected:
        held.setdefault((point, at // 3000 * 3000), []).append(each)
    assert [(row["point"], row["at"]) for row in rows.to_dicts()] == list(held)
    for row, cells in zip(rows.to_dicts(), held.values(), strict=True):
        numbers = [each for each in cells if not isinstance(each, GapReason)]
        assert (row["count"], row["gaps"]) == (len(numbers), len(cells) - len(numbers))
        if numbers:
            assert (row["min"], row["max"], row["last"]) == (min(numbers), max(numbers), numbers[-1])
            assert abs(row["mean"] - sum(numbers) / len(numbers)) < 1e-9
        else:
            assert row["mean"] is row["min"] is row["max"] is row["last"] is None
