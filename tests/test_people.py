"""People stand in the record under pseudonyms; a name can go, what was recorded stays (loi 09-08). Pains: G2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.people import NoSuchPerson, People, Person

NAMES = st.text(min_size=1, max_size=40).filter(lambda text: text.strip() and "p-" not in text)


def test_somebody_has_one_pseudonym_for_ever_and_nobody_elses() -> None:
    people = People()
    amina, karim = people.known_as("Amina", 1.0), people.known_as("Karim", 2.0)
    assert people.known_as(" Amina ", 3.0) == amina != karim
    again = People(people.unsaved())
    assert (again.known_as("Amina", 4.0), again.known_as("Karim", 4.0)) == (amina, karim)
    assert again.unsaved() == people.unsaved() == ()


def test_a_pseudonym_says_nothing_of_the_name_and_is_drawn_again_where_it_is_taken() -> None:
    drawn = iter(["p-bbbbbbbb", "p-bbbbbbbb", "p-cccccccc"])
    people = People(draw=lambda: next(drawn))
    assert [people.known_as(name, 0.0) for name in ("Amina", "Karim")] == ["p-bbbbbbbb", "p-cccccccc"]


def test_what_is_a_pseudonym_already_and_nobody_stay_as_they_are() -> None:
    people = People()
    amina = people.known_as("Amina", 1.0)
    assert people.known_as(amina, 2.0) == amina
    assert people.known_as(f"{amina} (sms)", 2.0) == f"{amina} (sms)"
    assert people.known_as("  ", 2.0) == ""
    assert people.known_as("p-zzzzzzzz", 2.0) != "p-zzzzzzzz"  # looks like one, and is nobody's


@given(NAMES, NAMES)
def test_a_sentence_is_shown_with_the_name_until_it_is_erased(name: str, other: str) -> None:
    people = People(erased="personne effacée")
    pseudonym = people.known_as(name, 1.0)
    said = f"the acknowledgement of {pseudonym} has expired"
    assert people.shown(said) == said.replace(pseudonym, name.strip())
    assert people.shown(other) == other
    people.unsaved()
    gone = people.erase(name, 9.0)
    assert gone == Person(pseudonym, None, 1.0, 9.0)
    assert people.unsaved() == (gone,)
    assert people.shown(said) == said.replace(pseudonym, f"{pseudonym} (personne effacée)")
    assert people.known_as(name, 10.0) != pseudonym


def test_a_name_is_erased_by_its_pseudonym_too_once() -> None:
    people = People([Person("p-bbbbbbbb", "Amina", 1.0)])
    with pytest.raises(NoSuchPerson, match="nobody is known as 'Karim'"):
        people.erase("Karim", 2.0)
    assert people.erase("p-bbbbbbbb", 2.0).name is None
    with pytest.raises(NoSuchPerson, match="erased already"):
        people.erase("p-bbbbbbbb", 3.0)
    with pytest.raises(NoSuchPerson, match="nobody is known"):
        people.erase("Amina", 3.0)
