"""What stands in ``dashboards/`` is what the definitions say, and every dashboard keeps the rules of the linter.

Pains: E3, E5, I9.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import build
from boards.all import BOARDS
from boards.colours import LINES, OF_NAME, OF_SEVERITY, OK, UNKNOWN
from boards.panel import Source
from dcim.alerts import Language
from dcim.catalogue import METRICS

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT.parent / "shared" / "servers" / "files" / "grafana-schema"
SETS = [
    pytest.param(source, language, id=f"{source}-{language}") for source in Source for language in Language
]
VERSIONS = (10, 11, 12, 13)


@cache
def boards(source: Source, language: Language) -> dict[str, dict[str, Any]]:
    folder = ROOT / "dashboards" / source / language
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def said(target: dict[str, Any]) -> str:
    return str(target.get("expr") or target["query"])


def test_the_committed_files_are_what_the_definitions_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("source", "language"), SETS)
@pytest.mark.long
def test_every_dashboard_fits_the_schema_of_grafana(source: Source, language: Language, version: int) -> None:
    path = SCHEMAS / f"dash{version}.schema.json"
    if not path.is_file():
        pytest.skip(f"{path.name} is not beside this checkout")
    validator = jsonschema.Draft7Validator(json.loads(path.read_text(encoding="utf-8")))
    for name, board in boards(source, language).items():
        wrong = [
            f"{'/'.join(map(str, one.path))}: {one.message[:200]}" for one in validator.iter_errors(board)
        ]
        assert not wrong, (name, wrong[:5])
    broken = json.loads(json.dumps(boards(source, language)["noc"]))
    broken["graphTooltip"] = 7
    assert list(validator.iter_errors(broken)), "the schema takes anything: it proves nothing"


@pytest.mark.parametrize(("source", "language"), SETS)
def test_a_dashboard_has_its_address_its_source_and_is_not_edited_in_place(
    source: Source, language: Language
) -> None:
    found = boards(source, language)
    assert [one["uid"] for one in found.values()] == sorted({board.uid for board in BOARDS})
    for board in found.values():
        first = board["templating"]["list"][0]
        assert (first["name"], first["type"], first["query"]) == ("datasource", "datasource", source)
        assert board["editable"] is False
        assert board["schemaVersion"] == 39
        assert isinstance(board["refresh"], str)
        assert board["title"].startswith("dcim")
        assert board["description"]
        names = [one["name"] for one in board["templating"]["list"]]
        assert len(set(names)) == len(names)
        for one in board["templating"]["list"]:
            assert one["label"]
            if one["type"] == "query":
                assert one["refresh"] == 2, "variables are read again when the time range changes"


@pytest.mark.parametrize(("source", "language"), SETS)
def test_every_panel_says_what_it_is_in_which_unit_and_what_no_data_is(
    source: Source, language: Language
) -> None:
    for name, board in boards(source, language).items():
        for panel in panels(board):
            where = (name, panel["title"])
            defaults = panel["fieldConfig"]["defaults"]
            assert panel["title"].strip(), where
            assert len(panel["description"]) > 10, where
            assert defaults["unit"], where
            assert re.search("no data|pas de données|heard|entendue?", defaults["noValue"]), where
            nothing = [one for one in defaults["mappings"] if one["type"] == "special"]
            assert nothing, where
            assert nothing[0]["options"]["result"]["color"] == UNKNOWN, where
            assert panel["datasource"] == {"type": source, "uid": "${datasource}"}, where
            links = [link["url"] for link in defaults["links"]]
            assert links, where
            assert all(url.startswith("${dcim}/") for url in links), where
            refs = [target["refId"] for target in panel["targets"]]
            assert all(refs), where
            assert len(set(refs)) == len(refs) > 0, where
            for target in panel["targets"]:
                assert target["datasource"]["uid"] == "${datasource}", where


@pytest.mark.parametrize(("source", "language"), SETS)
def test_panels_are_numbered_and_overlap_none(source: Source, language: Language) -> None:
    for name, board in boards(source, language).items():
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids), name
        taken: dict[tuple[int, int], str] = {}
        for panel in board["panels"]:
            at = panel["gridPos"]
            assert at["x"] + at["w"] <= 24, (name, panel["title"])
            for cell in (
                (x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
            ):
                assert cell not in taken, (name, panel["title"], taken[cell])
                taken[cell] = panel["title"]


@pytest.mark.parametrize(("source", "language"), SETS)
def test_every_question_is_of_metrics_of_the_catalogue_and_of_variables_that_there_are(
    source: Source, language: Language
) -> None:
    known = {metric.exported for metric in METRICS.values()}
    for name, board in boards(source, language).items():
        variables = {one["name"] for one in board["templating"]["list"]}
        for panel in panels(board):
            for target in panel["targets"]:
                query = said(target)
                assert set(re.findall(r"\bdcim_\w+", query)) <= known, (name, query)
                used = set(re.findall(r"\$\{?([a-z]+)\b", query.replace("$timeFilter", "")))
                assert used <= variables, (name, query)


def test_changes_per_second_are_over_the_interval_that_grafana_works_out() -> None:
    for board in boards(Source.PROMETHEUS, Language.EN).values():
        for panel in panels(board):
            for target in panel["targets"]:
                for span in re.findall(r"\brate\([^[]*\[([^]]+)\]", target["expr"]):
                    assert span == "$__rate_interval"
                for span in re.findall(r"\bincrease\([^[]*\[([^]]+)\]", target["expr"]):
                    assert span == "$__range"
                    assert target["instant"]


def test_both_sources_ask_the_same_panels_but_for_those_that_only_one_can_say() -> None:
    single = {panel.title.en for board in BOARDS for row in board.rows for panel in row.panels if panel.only}
    for name, board in boards(Source.PROMETHEUS, Language.EN).items():
        mine = {panel["title"] for panel in panels(board)} - single
        theirs = {panel["title"] for panel in panels(boards(Source.INFLUXDB, Language.EN)[name])} - single
        assert mine == theirs, name


def test_french_says_something_else_than_english_and_has_the_same_panels() -> None:
    for name, board in boards(Source.PROMETHEUS, Language.EN).items():
        french = boards(Source.PROMETHEUS, Language.FR)[name]
        assert board["description"] != french["description"]
        for mine, theirs in zip(panels(board), panels(french), strict=True):
            assert mine["description"] != theirs["description"], (name, mine["title"])
            assert [said(one) for one in mine["targets"]] == [said(one) for one in theirs["targets"]]


def test_every_colour_is_one_of_those_that_mean_the_same_everywhere() -> None:
    meant = {OK, UNKNOWN, *OF_SEVERITY.values()}
    for board in boards(Source.PROMETHEUS, Language.EN).values():
        text = json.dumps([panel["fieldConfig"] for panel in panels(board)])
        colours = set(re.findall(r"#[0-9A-Fa-f]{6}", text))
        assert colours <= meant | {LINES, *OF_NAME.values()}
        assert not re.search(r'"color": "(green|red|yellow|orange)"', text)


@pytest.mark.parametrize(("source", "language"), SETS)
def test_two_questions_of_a_panel_never_give_two_series_of_one_name(
    source: Source, language: Language
) -> None:
    """A feed that stands there twice, with another figure each time, tells nobody anything."""
    for name, board in boards(source, language).items():
        for panel in panels(board):
            if panel["type"] != "table" and all("sum" in said(target) for target in panel["targets"]):
                called = [target.get("legendFormat") or target.get("alias") for target in panel["targets"]]
                assert len(set(called)) == len(called), (name, panel["title"], called)


def test_an_alert_that_is_over_does_not_stand_for_minutes_in_influxdb() -> None:
    """It is said once a minute while it is open; InfluxDB knows no end of a series."""
    asked = [
        said(target)
        for board in boards(Source.INFLUXDB, Language.EN).values()
        for panel in panels(board)
        for target in panel["targets"]
        if re.search("alert_raised|incident_(raised|alerts)", said(target))
    ]
    assert len(asked) >= 5
    assert all("${__to}ms - 2m" in query for query in asked)


def test_a_line_of_influxdb_ends_at_a_silence_and_not_because_a_span_is_long() -> None:
    """Prometheus marks the end of a series; InfluxDB does not: it answers with every step, empty ones as well.

    A limit on how far two values may be apart (``insertNulls``) would cut every line whose steps are longer.
    Pains: A11.
    """
    drawn = [
        panel
        for board in boards(Source.INFLUXDB, Language.EN).values()
        for panel in panels(board)
        if panel["type"] in ("timeseries", "state-timeline")
    ]
    assert drawn
    for panel in drawn:
        found = [one for each in panel["fieldConfig"]["overrides"] for one in each["properties"]]
        assert {"id": "custom.spanNulls", "value": 300_000} in found, panel["title"]
        assert "insertNulls" not in json.dumps(panel), panel["title"]
        assert panel["interval"] == "1m", panel["title"]
        assert all(said(target).endswith("fill(null)") for target in panel["targets"]), panel["title"]


def test_nothing_counted_is_never_shown_as_bad() -> None:
    """Grafana's steps hold from their value on, rules above it: none of a bad thing is well."""
    colours = {str(colour) for colour in OF_SEVERITY.values()}
    for name, board in boards(Source.PROMETHEUS, Language.EN).items():
        for panel in panels(board):
            fields = panel["fieldConfig"]
            found = [one["value"] for each in fields["overrides"] for one in each["properties"]]
            for steps in [fields["defaults"].get("thresholds"), *found]:
                if isinstance(steps, dict) and len(steps.get("steps", ())) == 2:
                    well, bad = steps["steps"]
                    wrong = bad["value"] == 0 and bad["color"] in colours and well["color"] == OK
                    assert not wrong, (name, panel["title"])


@pytest.mark.parametrize(("board", "title", "words"), [
    ("monitor", "Channels", {"not tried yet"}),
    ("monitor", "Outputs", {"not tried yet"}),
    ("monitor", "Other sites", {"awaited"}),
    ("battery", "Tests", {"none", "aborted"}),
])  # fmt: skip
def test_what_was_not_tried_or_heard_yet_has_no_colour_of_health(
    board: str, title: str, words: set[str]
) -> None:
    (shown,) = [one for one in panels(boards(Source.PROMETHEUS, Language.EN)[board]) if one["title"] == title]
    colours = {
        how["text"]: how["color"]
        for one in shown["fieldConfig"]["defaults"]["mappings"]
        if one["type"] == "value"
        for how in one["options"].values()
    }
    assert words <= set(colours), colours
    assert {colours[word] for word in words} == {UNKNOWN}


def test_every_word_of_a_table_is_in_the_language_of_its_reader() -> None:
    wall = boards(Source.PROMETHEUS, Language.FR)["noc"]
    said_of = [
        mapping["options"]
        for panel in panels(wall)
        for override in panel["fieldConfig"]["overrides"]
        for one in override["properties"]
        if one["id"] == "mappings"
        for mapping in one["value"]
        if mapping["type"] == "value"
    ]
    assert {"yes": "oui", "no": "non"} in [
        {word: how["text"] for word, how in options.items()} for options in said_of
    ]


@pytest.mark.parametrize("name", ["B", "S1-R1 B", "B (par arrivée)", "S1-R1 B (by inlet)"])
def test_a_feed_has_its_colour_whatever_stands_behind_it(name: str) -> None:
    (lines,) = [
        panel
        for panel in panels(boards(Source.PROMETHEUS, Language.FR)["chain"])
        if panel["title"] == "PDU de baie de chaque voie : puissance"
    ]
    found = [
        one["properties"][0]["value"]["fixedColor"]
        for one in lines["fieldConfig"]["overrides"]
        if one["matcher"]["id"] == "byRegexp" and re.search(one["matcher"]["options"][1:-1], name)
    ]
    assert found == [OF_NAME["B"]]


@pytest.mark.parametrize(("source", "language"), SETS)
def test_a_ups_on_no_feed_goes_by_its_own_name_in_the_power_chain(source: Source, language: Language) -> None:
    chain = boards(source, language)["chain"]
    (panel,) = [
        one
        for one in panels(chain)
        if "ups_output_load_ratio" in said(one.get("targets", [{"query": ""}])[0])
    ]
    named = [(str(one.get("legendFormat") or one.get("alias")), said(one)) for one in panel["targets"]]
    for legend, question in named:
        unfed = re.search(r"\"?feed\"? ?= ?(''|\"\")", question)
        fed = re.search(r"\"?feed\"? ?!= ?(''|\"\")", question)
        assert bool(unfed) != bool(fed), question
        assert ("asset" in legend) == bool(unfed)
        assert ("feed" in legend) == bool(fed)
    assert len(named) == 4
