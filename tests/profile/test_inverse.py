"""Values back into what a profile reads: for simulated devices of both protocols."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcim.model import Health, Meaning, state_code
from dcim.profile import States
from dcim.profile.inverse import Unsayable, code_of, image_of, raw_of

SOURCE = States(
    "ups_output_source_state",
    {3: (state_code("normal"), Meaning("normal", Health.OK)), 5: (state_code("battery"), Meaning("battery"))},
)


def test_the_first_word_that_the_profile_has_is_meant() -> None:
    assert code_of(SOURCE, "battery") == 5
    assert code_of(SOURCE, ("off", "normal", "battery")) == 3


@pytest.mark.parametrize("said", ["off", ("off", "none"), 1.0])
def test_a_word_without_a_code_cannot_be_said(said: object) -> None:
    with pytest.raises(Unsayable, match="ups_output_source_state: no code means"):
        code_of(SOURCE, said)  # type: ignore[arg-type]


def test_a_state_is_no_number() -> None:
    with pytest.raises(Unsayable, match=r"ups_output_source_state: 1\.0 is no number"):
        raw_of(SOURCE, 0, 1.0)


def test_an_image_is_the_first_the_named_one_or_a_file() -> None:
    images = {"b": Path("x/b.regs"), "a": Path("x/a.regs")}
    assert image_of("p", images, "") == Path("x/a.regs")
    assert image_of("p", images, "b") == Path("x/b.regs")
    assert image_of("p", {}, "./mine.regs") == Path("mine.regs")
    with pytest.raises(LookupError, match="p: no image 'c'; known: b, a"):
        image_of("p", images, "c")
    with pytest.raises(LookupError, match="p: no image ''"):
        image_of("p", {}, "")
