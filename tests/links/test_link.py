"""Links that acknowledge: whoever changes one letter has nothing. Pains: H4."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dcim.links import Claim, Expired, Forged, Target, read, sealed

KEY = b"k" * 32
CLAIM = Claim(Target.INCIDENT, "ab" * 32, 1_790_000_000.125, 1_790_086_400.0, "amina@example.org", "mail")
NOW = 1_790_000_100.0

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
claims = st.builds(
    Claim,
    st.sampled_from(Target),
    st.binary(min_size=32, max_size=32).map(bytes.hex),
    st.integers(0, 2**44).map(lambda ms: ms / 1000),
    st.integers(2**44, 2**45).map(lambda ms: ms / 1000),
    words,
    words,
)


@given(claims)
def test_what_was_sealed_is_read_again_and_fits_into_an_address(claim: Claim) -> None:
    text = sealed(claim, KEY)
    assert read(text, KEY, 0.0) == claim
    assert set(text) <= set(string.ascii_letters + string.digits + "-_")


@given(st.integers(0, 10_000), st.sampled_from(string.ascii_letters + string.digits + "-_"))
@example(0, "A")
def test_a_link_with_another_letter_is_forged(place: int, letter: str) -> None:
    text = sealed(CLAIM, KEY)
    place %= len(text)
    changed = text[:place] + letter + text[place + 1 :]
    if changed == text:
        return
    with pytest.raises(Forged):
        read(changed, KEY, NOW)


@pytest.mark.parametrize(
    "text",
    ["", "x", "é" * 40, "A" * 43, "A" * 200, "A" * 100_000, "\0", "../../etc/passwd"],
)
def test_what_was_never_a_link_is_forged(text: str) -> None:
    with pytest.raises(Forged):
        read(text, KEY, NOW)


@pytest.mark.parametrize("change", [lambda text: text + "=", lambda text: text[:-1], lambda text: " " + text])
def test_another_writing_of_a_link_is_forged(change: object) -> None:
    """Of two texts with the same bytes one would be a second use of the other."""
    assert callable(change)
    with pytest.raises(Forged):
        read(change(sealed(CLAIM, KEY)), KEY, NOW)


def test_a_link_of_another_key_is_forged_and_one_whose_time_is_over_has_expired() -> None:
    with pytest.raises(Forged):
        read(sealed(CLAIM, b"x" * 32), KEY, NOW)
    assert read(sealed(CLAIM, KEY), KEY, CLAIM.until - 0.001) == CLAIM
    with pytest.raises(Expired):
        read(sealed(CLAIM, KEY), KEY, CLAIM.until)


def test_two_links_have_two_names_and_the_name_is_no_part_of_the_link() -> None:
    """What is used up is remembered by its name, which may be read by anybody."""
    other = Claim(Target.INCIDENT, "ab" * 32, CLAIM.raised_at, CLAIM.until, "youssef@example.org", "mail")
    assert CLAIM.name != other.name
    assert CLAIM.name not in sealed(CLAIM, KEY)
    assert sealed(CLAIM, KEY) == sealed(CLAIM, KEY)
