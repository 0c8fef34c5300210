"""A trap is a reason to ask and nothing else: what comes through the gate, and what it is called. Pains: B12, B13, B14."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.snmp.dialect.library import Library
from collectors.snmp.dialect.profile import TrapWord
from collectors.snmp.traps.gate import ALL, EACH, STRANGERS, Bucket, Gate, Verdict, word_of
from dcim.alerts import Language
from dcim.words import words


def gate(*relays: str) -> Gate:
    return Gate({"10.0.0.1": ("ups",), "10.0.0.2": ("pdu-1", "pdu-2")}, frozenset(relays))


def test_what_comes_from_no_device_is_counted_and_listed_and_no_more() -> None:
    door = gate()
    for second in range(200):
        assert door.admit(f"10.9.0.{second % 100}", float(second), 1000.0 + second) is Verdict.STRANGER
    listed = door.strangers()
    assert door.counts == {Verdict.STRANGER: 200}
    assert len(listed) == STRANGERS
    assert (listed[0].sender, listed[0].last, listed[0].first, listed[0].number) == (
        "10.9.0.99",
        1199.0,
        1199.0,
        1,
    )
    for _ in range(3):
        door.admit("10.9.0.99", 300.0, 1300.0)
    assert (door.strangers()[0].number, door.strangers()[0].first, door.strangers()[0].last) == (
        4,
        1199.0,
        1300.0,
    )


def test_a_flood_of_one_sender_is_limited_and_leaves_room_for_the_others() -> None:
    door = gate()
    verdicts = [door.admit("10.0.0.1", at / 20_000, 0.0) for at in range(20_000)]
    admitted = verdicts.count(Verdict.ADMITTED)
    assert EACH[1] <= admitted <= EACH[1] + EACH[0] + 1
    assert door.counts[Verdict.LIMITED] == 20_000 - admitted
    assert door.admit("10.0.0.2", 1.0, 0.0) is Verdict.ADMITTED


def test_many_senders_together_are_limited_too() -> None:
    door = Gate({f"10.1.{n // 250}.{n % 250}": (f"d{n}",) for n in range(2000)})
    verdicts = [door.admit(sender, 0.0, 0.0) for sender in door.senders]
    assert verdicts.count(Verdict.ADMITTED) == ALL[1]
    assert verdicts.count(Verdict.CROWDED) == 2000 - ALL[1]


def test_a_device_that_moved_is_heard_at_its_new_address_and_no_longer_at_the_old() -> None:
    door = gate("10.0.0.9")
    door.admit("10.0.0.1", 0.0, 0.0)
    door.move({"10.0.0.7": ("ups",)})
    assert door.admit("10.0.0.7", 0.0, 0.0) is Verdict.ADMITTED
    assert door.admit("10.0.0.1", 0.0, 0.0) is Verdict.STRANGER
    assert door.admit("10.0.0.9", 0.0, 0.0) is Verdict.ADMITTED


def test_whom_a_message_is_about_is_said_by_its_sender_and_by_itself_through_a_relay_alone() -> None:
    door = gate("10.0.0.9")
    assert door.assets("10.0.0.1", "10.0.0.2") == ("ups",)
    assert door.assets("10.0.0.9", "10.0.0.2") == ("pdu-1", "pdu-2")
    assert door.assets("10.0.0.9", "10.5.5.5") == ()
    assert door.assets("10.0.0.8", "10.0.0.2") == ()


@given(st.lists(st.floats(0.0, 3.0), max_size=200), st.floats(0.1, 50.0), st.integers(1, 50))
def test_a_bucket_gives_no_more_than_its_rate_and_what_it_held(
    gaps: list[float], rate: float, most: int
) -> None:
    now, given = 0.0, 0
    bucket = Bucket.full((rate, float(most)), now)
    for gap in gaps:
        now += gap
        given += bucket.take(now)
    assert given <= most + rate * now + 1e-6
    assert given >= min(len(gaps), most)


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    bucket = Bucket.full((1.0, 1.0), 100.0)
    assert [bucket.take(100.0), bucket.take(50.0), bucket.take(50.5)] == [True, False, False]


def test_a_trap_is_called_as_the_profile_says_with_a_zero_in_it_or_without(shipped: Library) -> None:
    apc, rfc = shipped.profile("apc_smartups"), shipped.profile("rfc1628_ups")
    assert word_of("1.3.6.1.4.1.318.0.5", [apc]) == TrapWord("on_battery")
    assert word_of("1.3.6.1.4.1.318.5", [apc]) == TrapWord("on_battery")
    assert word_of("1.3.6.1.2.1.33.2.0.1", [rfc]) == TrapWord("on_battery")
    assert word_of("1.3.6.1.2.1.33.2.1", [rfc, apc]) == TrapWord("on_battery")
    assert word_of("1.3.6.1.4.1.318.0.48", [apc]) == TrapWord("password_changed", ask=False)
    assert word_of("1.3.6.1.6.3.1.1.5.1", []) == TrapWord("cold_start")
    assert word_of("1.3.6.1.6.3.1.1.5.5", [apc]) == TrapWord("authentication_failure", ask=False)
    assert word_of("1.3.6.1.4.1.9.9.1", [apc]) == TrapWord("")
    assert word_of("1", []) == TrapWord("")


@pytest.mark.parametrize("family", ["apc_smartups", "rfc1628_ups", "apc_rpdu2", "raritan_px2"])
def test_every_trap_of_a_family_has_words_in_both_languages(shipped: Library, family: str) -> None:
    traps = shipped.profile(family).traps
    assert traps
    for language in Language:
        assert [word.name for word in traps.values() if not words(language).has("trap", word.name)] == []


def test_a_profile_of_ones_own_names_its_traps(profile_of: Callable[[str], Any]) -> None:
    own = profile_of(
        "traps:\n  $root.0.7: { name: door_opened, ask: false }\n  1.3.6.1.4.1.9.0.1: overload\n"
    )
    assert dict(own.traps) == {
        "1.3.6.1.4.1.99.0.7": TrapWord("door_opened", ask=False),
        "1.3.6.1.4.1.9.0.1": TrapWord("overload"),
    }


@pytest.fixture
def profile_of(tmp_path: Any) -> Callable[[str], Any]:
    def make(rest: str) -> Any:
        folder = tmp_path / "mine"
        folder.mkdir()
        (folder / "profile.yaml").write_text(
            "profile: mine\nformat: 1\nkind: ups\nvendor: Me\ntitle: Mine\n"
            "snmp: { match: [1.3.6.1.4.1.99], root: 1.3.6.1.4.1.99 }\n" + rest
        )
        return Library.of([tmp_path]).profile("mine")

    return make
