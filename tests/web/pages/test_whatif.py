"""What a loss would do, on the page in both languages, as a drawing, and over the API. Pains: I1, I10."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from math import inf
from pathlib import Path
from typing import cast
from xml.etree import ElementTree as ET

import httpx
import pytest
from starlette.types import ASGIApp

from dcim.alerts import Language
from dcim.flow import Interval, Level, Over, Trip
from dcim.graph import Redundancy, Service, ServiceKind, Standing, State, told_once
from dcim.redundancy import (
    Answer,
    Question,
    Refused,
    ServiceVerdict,
    Spot,
    Survival,
    Verdicts,
    Wish,
)
from dcim.redundancy.compare import Comparison, Fate, Row
from dcim.simulator.files import plan
from dcim.web import ServiceView, View
from dcim.web.app import build
from dcim.web.drawn.diagram import chosen, drawing
from dcim.web.entrance.guard import Hosts
from dcim.web.pages.whatif import falling, lasts, over_said, titled, trip_said
from dcim.web.shapes.losssaid import called
from dcim.web.view.losing import Losing
from dcim.words import words

from ...redundancy.told import Told  # noqa: TID252  the plant as its daemon sees it is drawn there
from ..conftest import FakeView  # noqa: TID252


class Tried:
    """Answers from the engine itself, in this process."""

    on = True

    def __init__(self, folder: Path) -> None:
        self.told = Told(plan("rabat"), folder)
        self.told.plant.advance(30.0)
        self.verdicts: Verdicts = self.told.look()
        about = Interval(900.0, 950.0)
        row = Row("rab1-pdu-r1-b", "L1", about, about, about, holds=True)
        self.comparisons: Sequence[Comparison] = (
            Comparison(
                ("rab1-ups-a",), 1000.0, 1080.0, (row,), (Fate("rab1-pdu-r2-b", "surely", dark=True),)
            ),
        )

    async def ask(self, lost: Sequence[str], *, maintenance: bool = False) -> Answer | Refused:
        found = self.told.engine.take(Question(tuple(lost), maintenance))
        assert isinstance(found, Answer | Refused)
        return found

    async def place(self, wish: Wish) -> Sequence[Spot] | Refused:
        return cast("tuple[Spot, ...]", self.told.engine.take(wish))

    def part(self, name: str) -> str:
        return name if name in self.told.network.elements else ""

    def name(self, part: str) -> str:
        return f"<{part}>"

    def nearest(self, name: str) -> Sequence[str]:
        return ["rab1-ups-a"] if name == "ups" else []


class Fallen:
    """What the last look found of services, and nothing else."""

    def __init__(self, services: Mapping[str, ServiceVerdict]) -> None:
        self.verdicts = Verdicts(1000.0, services=services)

    def name(self, part: str) -> str:
        return f"<{part}>"


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    return Tried(tmp_path_factory.mktemp("rabat"))


@pytest.fixture(scope="module")
def served(tried: Tried) -> ASGIApp:
    return build(cast("View", FakeView()), Hosts("127.0.0.1", ("site",), ""), losing=tried)


@pytest.fixture
async def site(served: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=served), base_url="http://site") as made:
        yield made


@pytest.mark.parametrize(
    ("lang", "opens", "before"),
    [
        ("en", "&lt;rab1-pdu-r2-b&gt; opens: L2 at ", "Before"),
        ("fr", "&lt;rab1-pdu-r2-b&gt; déclenche : L2 à ", "Avant"),
    ],
)
async def test_the_page_says_and_draws_what_would_happen(
    site: httpx.AsyncClient, lang: str, opens: str, before: str
) -> None:
    page = await site.get("/whatif", params={"lose": "rab1-ups-a", "lang": lang, "maintenance": "true"})
    assert page.status_code == 200
    assert opens in page.text
    assert f"<figcaption>{before}</figcaption>" in page.text
    drawings = [part.split("</svg>")[0] + "</svg>" for part in page.text.split("<svg")[1:]]
    assert len(drawings) == 2
    for one in drawings:
        parsed = ET.fromstring("<svg" + one)
        assert float(parsed.attrib["width"]) > 800
    assert "losses." not in page.text, "a word is missing"


async def test_a_page_without_a_question_tells_what_keeps_the_least_and_what_came(
    site: httpx.AsyncClient,
) -> None:
    page = (await site.get("/whatif", params={"lang": "fr"})).text
    assert "Ce qui garde le moins" in page
    assert 'href="/whatif?lose=' in page
    assert "déclenchement annoncé ; il est coupé" in page
    assert "Ce qui ne survit pas à toute perte simple" in page
    assert "&lt;power/R2&gt; : à l’arrêt quand &lt;" in page
    assert page.count("power/R2") == 1, "the feeds of a rack that fare as it does are told with it"
    assert "losses." not in page


def test_a_service_that_is_down_as_it_is_is_not_said_to_be_unknown() -> None:
    """Pains: I10."""
    down, open_ = ServiceVerdict(Survival.FALLS), ServiceVerdict(Survival.UNKNOWN)
    fallen = Fallen({"power/R1": down, "power/R2": open_})
    told = [one.text for one in falling(cast("Losing", fallen), cast("View", FakeView()), words(Language.EN))]
    assert told == [
        "<power/R1>: down as it is",
        "<power/R2>: not known whether it survives every single loss",
    ]


def test_a_time_without_end_is_no_number() -> None:
    said = words(Language.EN)
    assert lasts(Interval(inf, inf), said) == lasts(Interval(0.0, inf), said) == "an unknown time"
    assert lasts(Interval(7200.0, inf), said) == "at least 2 h"


async def test_a_part_that_is_not_there_is_answered_with_those_that_are_near(site: httpx.AsyncClient) -> None:
    page = await site.get("/whatif", params={"lose": "ups", "lang": "en"})
    assert page.status_code == 404
    assert "There is no part of that name: ups" in page.text
    assert "/whatif?lose=rab1-ups-a" in page.text
    told = await site.get("/api/v1/whatif", params={"lose": "ups"})
    assert (told.status_code, told.json()["detail"]["nearest"]) == (404, ["rab1-ups-a"])


async def test_the_api_answers_with_stages_services_and_parts(site: httpx.AsyncClient) -> None:
    said = (await site.get("/api/v1/whatif", params={"lose": "rab1-ups-a"})).json()
    (trip,) = [trip for stage in said["stages"] for trip in stage["trips"]]
    assert (trip["part"], trip["phase"], trip["surely"]) == ("rab1-pdu-r2-b", "L2", True)
    assert 1.1 < trip["share"][0] <= trip["share"][1] < 1.4
    assert said["services"][0]["after"] == "down"
    strip = next(part for part in said["parts"] if part["part"] == "rab1-pdu-r2-b")
    assert strip["state"] == "tripped"
    assert [bar["phase"] for bar in strip["limits"]] == ["L2"]
    every = (await site.get("/api/v1/losses")).json()
    assert every["headroom"][0]["part"] in ("rab1-pdu-r2-a", "rab1-pdu-r2-b")
    assert {one["lost"] for one in every["singles"]} >= {"rab1-ups-a", "utility-a"}
    assert every["comparisons"][0]["lost"] == ["rab1-ups-a"]


async def test_what_one_more_loss_takes_down_is_told_by_name_and_a_rack_once(site: httpx.AsyncClient) -> None:
    asked = {"lose": "rab1-ups-a", "maintenance": "true", "lang": "en"}
    following = (await site.get("/api/v1/whatif", params=asked)).json()["following"]
    other = next(one for one in following if one["lost"] == "rab1-ups-b")
    assert other["down_names"] == [f"<{name}>" for name in other["down"]]
    assert "<power/R3>" in other["down_names"]
    page = (await site.get("/whatif", params=asked)).text
    lines = [one.partition("</p>")[0] for one in page.split("<p>")[1:]]
    assert [one for one in lines if "&lt;power/R3&gt;" in one and one.endswith(": down")]
    assert told_once(["power/R3/feeds", "power/R3", "power/R4/feeds"]) == ["power/R3", "power/R4/feeds"]


async def test_room_is_told_over_the_api_and_what_makes_no_sense_is_refused(site: httpx.AsyncClient) -> None:
    spots = (await site.get("/api/v1/place", params={"power": "1 kW"})).json()
    assert {spot["rack"]: spot["fits"] for spot in spots} == {
        "rack/R1": True,
        "rack/R3": True,
        "rack/R2": False,
    }
    for wrong in (
        {"power": "3 A"},
        {"power": "0 kW"},
        {"power": "1 kW", "phase": "L4"},
        {"power": "1 kW", "cords": "0"},
        {"power": "1 kW", "room": "nowhere"},
    ):
        assert (await site.get("/api/v1/place", params=wrong)).status_code == 422


async def test_a_power_is_written_with_a_point_or_a_comma_and_refused_in_the_language_of_the_reader(
    site: httpx.AsyncClient,
) -> None:
    with_point, with_comma = [
        (await site.get("/api/v1/place", params={"power": power})).json() for power in ("1.5 kW", "1,5kW")
    ]
    assert with_point == with_comma
    assert with_point != (await site.get("/api/v1/place", params={"power": "1 kW"})).json()
    refused = await site.get("/api/v1/place", params={"power": "3,500 W", "lang": "fr"})
    assert refused.status_code == 422, "thousands, or a decimal comma"
    assert refused.json()["detail"] == "attendu : une puissance telle que 3 kW ou 3,5 kW ; trouvé « 3,500 W »"


async def test_an_engine_is_drawn_as_it_stands_before_and_after(tried: Tried) -> None:
    answer = await tried.ask(["utility-a", "utility-b"])
    assert isinstance(answer, Answer)
    parts, said = chosen(answer.parts), words(Language.EN)
    before, after = (drawing(parts, moment, str, said) for moment in ("before", "after"))
    assert (before.count("is-stopped rests"), after.count("is-stopped rests")) == (1, 0)
    assert "wire rests" in before
    assert ">stopped<" in before


async def test_what_goes_on_after_the_loss_is_drawn_in_between_with_when_it_ends(
    site: httpx.AsyncClient, tried: Tried
) -> None:
    """On its battery a rack still runs: before, right after and at the end are three states. Pains: I4."""
    page = (await site.get("/whatif", params={"lose": "rab1-tgbt-a", "lang": "en"})).text
    drawings = [part.split("</svg>")[0] for part in page.split("<svg")[1:]]
    captions = [part.split("</figcaption>")[0] for part in page.split("<figcaption>")[1:]]
    assert [one.partition(" (after ")[0] for one in captions] == ["Before", "Right after", "In the end"]
    assert [one.count(">on battery<") for one in drawings] == [0, 1, 0]
    assert [one.count(">without power<") > 2 for one in drawings] == [False, False, True]
    answer = await tried.ask(["rab1-ups-a"])
    assert isinstance(answer, Answer)
    assert answer.at_once == (), "one stage is the end"


async def test_a_large_site_is_drawn_where_something_changes(tried: Tried) -> None:
    answer = await tried.ask(["rab1-ups-a"])
    assert isinstance(answer, Answer)
    few = chosen(answer.parts, most=12)
    assert {"rab1-ups-a", "rab1-pdu-r2-b"} <= {part.part for part in few}
    assert len(few) <= 12
    svg = drawing(few, "after", str, words(Language.EN))
    assert svg.count("<g ") == len(few)
    assert ">opens<" in svg


async def test_only_what_changes_and_what_feeds_it_is_drawn_from_the_lost_part_on(tried: Tried) -> None:
    """Pains: I1."""
    answer = await tried.ask(["rab1-pdu-r1-a"])
    assert isinstance(answer, Answer)
    drawn = {part.part for part in chosen(answer.parts)}
    assert {"rab1-pdu-r1-a", "rab1-pdu-r1-b"} <= drawn
    assert not drawn & {"rab1-pdu-r2-a", "rab1-pdu-r2-b"}, "another rack is not touched"
    svg = ET.fromstring(drawing(chosen(answer.parts), "before", str, words(Language.FR)))
    x, y = svg.attrib["data-x"], svg.attrib["data-y"]
    box = next(one for one in svg.iter("g") if one.attrib.get("transform") == f"translate({x} {y})")
    assert "rab1-pdu-r1-a" in "".join(box.itertext())


def test_the_feeds_of_a_rack_are_called_by_the_rack(tried: Tried) -> None:
    assert called("power/R2/feeds", tried, words(Language.FR)) == "voies de <power/R2>"
    assert called("power/R2", tried, words(Language.EN)) == "<power/R2>"


async def test_a_service_is_told_of_by_what_it_is_and_its_name_for_a_room_does_not_fall(tried: Tried) -> None:
    view = FakeView()
    cold = Service("cooling/r1", ServiceKind.COOLING, 1, ("crac-1",), "Salle 1")
    other = Service("extra", ServiceKind.OTHER, 1, ("crac-1",), "Salle 1")
    stands = Standing(State.UP, Redundancy.FULL)
    view.served = [ServiceView(one, stands, 0.0, ()) for one in (cold, other)]
    french = words(Language.FR)
    assert titled("cooling/r1", "Salle 1", cast("View", view), french) == "Froid Salle 1"
    assert titled("extra", "Salle 1", cast("View", view), french) == "Salle 1"
    assert titled("gone", "Salle 1", cast("View", view), french) == "Salle 1"


async def test_losses_and_reports_are_one_click_from_every_page(site: httpx.AsyncClient) -> None:
    page = (await site.get("/", params={"lang": "fr"})).text
    nav = page.split("<nav>")[1].split("</nav>")[0]
    assert '<a href="/whatif">Et si…</a>' in nav
    assert '<a href="/reports">Rapports</a>' in nav


@pytest.mark.parametrize(
    ("language", "trip", "over"),
    [
        (Language.EN, "<p> may open: L1 or L2 at 57–120 %, it is not certain", "<p> carries too much in the long run: all phases at 90 %"),
        (Language.FR, "<p> pourrait déclencher : L1 ou L2 à 57–120 %, ce n’est pas certain", "<p> porte trop à la longue : toutes phases à 90 %"),
    ],
)  # fmt: skip
def test_all_phases_are_named_of_which_the_same_is_known(
    tmp_path: Path, language: Language, trip: str, over: str
) -> None:
    losing, said = Tried(tmp_path), words(language)
    opens = Trip("p", "L2", False, Interval(0.57, 1.2), 0, "A", others=("L1",))
    assert trip_said(opens, losing, said) == trip
    passed = Over("p", "", Level.WARN, True, Interval(9.0, 9.0), 10.0, "VA", Interval(0.9, 0.9))
    assert over_said(passed, losing, said) == over
