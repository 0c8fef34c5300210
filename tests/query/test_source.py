"""The history as series: the names, labels and values of ``/metrics``, at any time."""

from __future__ import annotations

import json
import random
from typing import Any

from dcim.model import Lane
from dcim.outputs.prometheus import Exposition
from dcim.promql import Evaluation, Grid, Vector, parse, parse_matchers
from dcim.query.answer import Asked, answer
from dcim.query.source import World

from .conftest import NOW, Site, asset


def world(site: Site) -> World:
    made = World(site.folder / "history")
    made.tell(site.news())
    return made


def said(made: World, query: str, at: float) -> dict[str, float]:
    """What a query says at a time: values by series, written as in the text format."""
    found = Evaluation(made).answer(parse(query), Grid(round(at * 1000), 1, 1))
    assert isinstance(found, Vector)
    return {
        written(dict(labels)): float(value)
        for labels, value, there in zip(found.labels, found.values[:, 0], found.there[:, 0], strict=True)
        if there
    }


def written(labels: dict[str, str]) -> str:
    name = labels.pop("__name__", "")
    return f"{name}{sorted(labels.items())}"


def shown(site: Site) -> dict[str, float]:
    """What ``/metrics`` says of points now, read by another parser."""
    from prometheus_client.parser import text_string_to_metric_families

    exposition = Exposition(site.newest, None, site.freshness)
    for one in site.devices.values():
        exposition.describe(one)
    families = text_string_to_metric_families(exposition.text(site.at).decode())
    return {
        written({"__name__": sample.name, **sample.labels}): sample.value
        for family in families
        for sample in family.samples
        if sample.name != "dcim_device_info"
    }


def live(site: Site, chance: random.Random, seconds: int) -> None:
    """Let the devices say something every ten seconds, with gaps, silence, unknown states and slow points."""
    for turn in range(seconds // 10):
        site.at = NOW + 10 * turn
        for name in site.devices:
            if chance.random() < 0.3 and turn % 20 > 12:
                continue
            volts = [chance.choice([230.0, 231.5, None]) for _ in range(2)]
            site.say(name, [*volts, chance.choice(["normal", "battery", "nobody knows", None])])
            if turn % 12 == 0:
                site.say(name, [chance.random()], Lane.SLOW)


def test_at_any_time_the_series_are_those_of_the_page_of_metrics(site: Site) -> None:
    """Pains: A11, E3."""
    chance = random.Random(5)
    live(site, chance, 1_200)
    site.commit()
    made, begun = world(site), site.at
    for later in (0.0, 7.0, 31.0, 59.0, 100.0, 179.0, 181.0, 400.0):
        site.at = begun + later
        assert said(made, '{__name__=~"dcim_ups.+"}', site.at) == shown(site)


def test_closed_files_and_the_log_say_the_same_and_many_steps_what_each_says(site: Site) -> None:
    live(site, random.Random(3), 600)
    site.commit()
    before = dict(steps(world(site)))
    site.at += 3_600
    site.say("ups-a", [1.0, 2.0, "normal"])
    site.tidy()
    assert list((site.folder / "history" / "closed").iterdir())
    after = world(site)
    assert dict(steps(after)) == before
    for at, values in steps(after):
        assert said(after, "dcim_ups_output_voltage_volts", at / 1000) == values


def steps(made: World) -> list[tuple[int, dict[str, float]]]:
    grid = Grid(round(NOW * 1000), 45_000, 13)
    found = Evaluation(made).answer(parse("dcim_ups_output_voltage_volts"), grid)
    assert isinstance(found, Vector)
    return [
        (
            at,
            {
                written(dict(labels)): float(row[step])
                for labels, row, there in zip(found.labels, found.values, found.there, strict=True)
                if there[step]
            },
        )
        for step, at in enumerate(grid.times.tolist())
    ]


def test_what_is_written_after_a_question_is_seen_by_the_next(site: Site) -> None:
    made = world(site)
    for turn in range(3):
        site.at = NOW + 10 * turn
        site.say("ups-a", [230.0 + turn, 231.0, "normal"])
        site.commit()
        made.tell(site.news())
        found = said(made, 'dcim_ups_output_voltage_volts{phase="L1"}', site.at)
        assert list(found.values()) == [230.0 + turn]


def test_matchers_look_at_labels_of_devices_points_and_states(site: Site) -> None:
    for name in site.devices:
        site.say(name, [230.0, 231.0, "battery"])
        site.say(name, [0.5], Lane.SLOW)
    site.commit()
    made = world(site)
    for query, number in (
        ('{room="r2"}', 5),
        ('{kind="ups",tenant=""}', 5),
        ('{tenant!=""}', 5),
        ('{phase=~"L.",feed="A"}', 4),
        ('dcim_ups_output_source_state{state="battery"} == 1', 2),
        ('dcim_ups_output_source_state{state!~"batt.*"}', 2),
        ('{point_room="b 1",asset="ups-a"}', 1),
        ('{asset="nobody"}', 0),
    ):
        assert len(said(made, query, NOW)) == number, query


def test_a_device_that_is_configured_no_more_is_known_by_its_id(site: Site) -> None:
    site.devices = {**site.devices, "old": asset("old")}
    site.say("old", [1.0, 2.0, "normal"])
    site.commit()
    made = world(site)
    made.tell({"devices": {}, "lasting": []})
    found = said(made, 'dcim_ups_output_voltage_volts{phase="L1"}', NOW)
    assert found == {
        written({"__name__": "dcim_ups_output_voltage_volts", "asset": "old", "phase": "L1"}): 1.0
    }


def test_tracks_give_each_reading_gaps_and_words_or_what_a_step_says(site: Site) -> None:
    for turn, (volts, word) in enumerate([(230.0, "normal"), (None, "battery"), (234.0, None)]):
        site.at = NOW + 10 * turn
        site.say("ups-a", [volts, 1.0, word])
    site.commit()
    made, times = world(site), {"start": round(NOW * 1000), "end": round(NOW * 1000) + 60_000}
    match = ('dcim_ups_output_voltage_volts{phase="L1"}', "dcim_ups_output_source_state")

    def rows(step: int) -> list[Any]:
        asked = Asked("tracks", match=match, step=step, **times)
        return [one["rows"] for one in json.loads(b"".join(answer(made, asked)))["series"]]

    each = [[[NOW, 230.0], [NOW + 10, None], [NOW + 20, 234.0]], [[NOW, "normal"], [NOW + 10, "battery"]]]
    assert rows(0) == [each[0], [*each[1], [NOW + 20, None]]]
    assert rows(60_000) == [
        [[NOW, 232.0, 230.0, 234.0, 234.0, 2, 1]],
        [[NOW, None, None, None, "battery", 2, 1]],
    ]


def test_a_word_that_a_point_can_say_no_more_is_what_it_said_then(site: Site) -> None:
    """Pains: E3. At every time the series are those of the page of metrics, in the log and in closed files."""
    site.lose("ups-a", ["UPS A"], "UPS A")
    site.commit()
    made, seen = world(site), {}
    for turn, word in enumerate(["UPS A", "UPS B", "UPS A", "UPS C", "UPS B"]):
        site.at = NOW + 10 * (turn + 1)
        site.lose("ups-a", [word], word)
        site.commit()
        seen[site.at] = shown(site)
    made.tell(site.news())
    assert all(len(one) == 1 for one in seen.values())
    for one in (made, world(site)):
        assert {at: said(one, "dcim_worst_loss_state", at) for at in seen} == seen
    site.at = NOW + 4_000
    site.say("ups-a", [230.0, 230.0, "normal"])
    site.tidy()
    assert list((site.folder / "history" / "closed").glob("*"))
    again = world(site)
    assert {at: said(again, "dcim_worst_loss_state", at) for at in seen} == seen
    series = again.series(parse_matchers('{__name__="dcim_worst_loss_state"}'))
    assert {dict(one)["state"] for one in series} == {"UPS A", "UPS B", "UPS C"}


def test_words_that_a_point_can_say_together_are_one_and_the_others_none(site: Site) -> None:
    for could, word in ((["normal", "eco"], "normal"), (["normal", "bypass"], "bypass")):
        site.at += 10
        site.lose("ups-a", could, word)
        site.commit()
    made = world(site)
    then, now = (
        {name.split("'state', '")[1].split("'")[0]: value for name, value in found.items()}
        for found in (
            said(made, "dcim_worst_loss_state", site.at - 10),
            said(made, "dcim_worst_loss_state", site.at),
        )
    )
    assert now == {"normal": 0.0, "bypass": 1.0}
    assert then == {"normal": 1.0, "eco": 0.0, "bypass": 0.0}


def test_the_history_gives_each_reading_of_a_state_by_the_word_of_its_time(site: Site) -> None:
    words = ["UPS A", "UPS B", "UPS B", "UPS A", "UPS C"]
    for turn, word in enumerate(words):
        site.at = NOW + 10 * turn
        site.lose("ups-a", [word], word)
        site.commit()
    for step, column in ((0, 1), (10_000, 4)):
        asked = Asked(
            "tracks",
            match=("dcim_worst_loss_state",),
            start=round(NOW * 1000),
            end=round(site.at * 1000) + 1,
            step=step,
        )
        (one,) = json.loads(b"".join(answer(world(site), asked)))["series"]
        assert [row[column] for row in one["rows"]] == words
