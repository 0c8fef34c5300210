"""What lost its power or cooling in an incident and has it again is said to be back, never to have stayed alive."""

from __future__ import annotations

from dcim.alerts import Language
from dcim.graph import Redundancy, Standing, State
from dcim.incidents import IncidentKind
from dcim.incidents.memory import body_of_owing, case_of
from dcim.notify.notices.headline import headline

from .conftest import NOON, Site

EN, FR = Language.EN, Language.FR
DARK = Standing(State.DOWN, Redundancy.REDUCED)


def dark_rack(site: Site) -> Site:
    """Feed A is lost, and with it rack R2, whose other strip trips a while later."""
    site.lose("fpdu-a", *(f"pdu-{rack}-a" for rack in (1, 2, 3)))
    site.raised("fpdu-a", "pdu_inlet_lost")
    site.wait(12)
    site.lose("pdu-2-b", "rack/R2")
    site.wait(12)
    return site


def power_is_back(site: Site) -> None:
    site.back("fpdu-a", *(f"pdu-{rack}-a" for rack in (1, 2, 3)), "pdu-2-b", "rack/R2")


def said_at_the_end(site: Site) -> dict[Language, str]:
    (end,) = [one for each in site.outcomes for one in each.changes if one.kind is IncidentKind.CLEARED]
    return dict(headline(end.incident, site.topology))


def test_the_end_says_that_a_rack_has_its_power_again_and_not_that_it_kept_it(site: Site) -> None:
    """It read "all racks still live" though one had been dark for minutes."""
    dark_rack(site)
    assert (
        "; without power: R2; the other racks still live"
        in headline(site.incidents.open[0], site.topology)[EN]
    )
    power_is_back(site)
    site.wait(12)
    now = headline(site.incidents.open[0], site.topology)
    assert now[EN] == "Feed A lost at FPDU-A; power is back: R2"
    site.cleared("fpdu-a", "pdu_inlet_lost")
    end = said_at_the_end(site)
    assert "; power is back: R2; the other racks still live" in end[EN]
    assert " ; de nouveau alimentée : R2 ; les autres baies restent alimentées" in end[FR]


def test_where_all_racks_were_dark_none_is_said_to_have_stayed_alive(site: Site) -> None:
    dark_rack(site)
    site.lose("rack/R1", "rack/R3")
    site.wait(12)
    power_is_back(site)
    site.back("rack/R1", "rack/R3")
    site.cleared("fpdu-a", "pdu_inlet_lost")
    end = said_at_the_end(site)
    assert "power is back: R2, R1 and R3" in end[EN]
    assert "de nouveau alimentées : R2, R1 et R3" in end[FR]
    assert "live" not in end[EN]


def test_the_end_tells_of_racks_as_they_are_then_and_not_at_the_last_look(site: Site) -> None:
    dark_rack(site)
    power_is_back(site)
    site.lose("rack/R3")
    site.cleared("fpdu-a", "pdu_inlet_lost")
    end = said_at_the_end(site)[EN]
    assert "; without power: R3; power is back: R2; the other racks still live" in end


def test_a_rack_that_went_dark_stays_in_its_incident_until_it_is_known_to_have_power(site: Site) -> None:
    """The feed is back, and of the rack nobody knows: that is neither live nor back."""
    dark_rack(site)
    power_is_back(site)
    site.miss("rack/R2")
    site.wait(12)
    now = headline(site.incidents.open[0], site.topology)[EN]
    assert "power unknown: R2" in now
    assert "power is back" not in now
    assert "all racks" not in now


def test_a_rack_of_which_nobody_knew_for_a_while_is_not_said_to_have_stayed_alive(site: Site) -> None:
    """Strips that are dead say nothing: of the rack that they fed nobody knew (``overload-after-loss``)."""
    site.lose("fpdu-a", *(f"pdu-{rack}-a" for rack in (1, 2, 3)))
    site.raised("fpdu-a", "pdu_inlet_lost")
    site.wait(12)
    site.miss("rack/R2")
    site.wait(12)
    power_is_back(site)
    site.cleared("fpdu-a", "pdu_inlet_lost")
    end = said_at_the_end(site)
    assert "; has power, which was unknown: R2; the other racks still live" in end[EN]
    assert " ; alimentée, ce qu’on ignorait : R2 ; les autres baies restent alimentées" in end[FR]


def test_a_room_that_had_no_cooling_is_said_to_have_it_again(site: Site) -> None:
    site.lose("crac-1", "crac-2")
    site.seen.services["cooling/hall"] = DARK
    site.raised("crac-1", "crac_off")
    site.wait(12)
    assert "; no cooling left: Hall" in headline(site.incidents.open[0], site.topology)[EN]
    site.back("crac-1", "crac-2")
    site.seen.services.clear()
    site.cleared("crac-1", "crac_off")
    end = said_at_the_end(site)
    assert end[EN].endswith("; cooling is back: Hall")
    assert end[FR].endswith(" ; froid rétabli : Hall")


def test_a_memory_of_the_version_before_is_taken_and_knows_of_no_dark_rack(site: Site) -> None:
    dark_rack(site)
    (incident,) = site.incidents.open
    body, standing = body_of_owing(incident), [one for one in incident.members if one.open]
    assert case_of(incident.id, body, standing, site.now, NOON).reached == incident.reached
    assert incident.reached.dark == ("rack/R2",)
    del body["lost"]
    before = case_of(incident.id, body, standing, site.now, NOON).reached
    assert (before.racks, before.dark, before.down) == (incident.reached.racks, (), ())


def test_what_is_in_the_building_no_more_is_said_to_be_nothing(site: Site) -> None:
    """A site may be described anew while an incident stands."""
    dark_rack(site)
    (incident,) = site.incidents.open
    body, standing = body_of_owing(incident), [one for one in incident.members if one.open]
    body["lost"] = [["rack/R2", "rack/gone"], ["rack/gone"], ["power/gone"]]
    again = Site(type(site.incidents)(site.topology, "site"), site.rules, site.seen, site.now)
    again.standing = dict(site.standing)
    again.incidents.restore([case_of(incident.id, body, standing, site.now, NOON)], site.now)
    power_is_back(again)
    again.wait(12)
    again.cleared("fpdu-a", "pdu_inlet_lost")
    assert "; power is back: R2; the other racks still live" in said_at_the_end(again)[EN]
