"""Numbers with units, as people write them."""

import pytest

from dcim.alerts.quantity import Quantity


@pytest.mark.parametrize(
    ("written", "base", "number"),
    [
        ("80 %", "ratio", 0.8),
        ("57%", "ratio", 0.57),
        ("-12 degC", "celsius", -12.0),
        ("80.6 degF", "celsius", 27.0),
        ("1 K", "kelvin", 1.0),
        ("207 V", "volts", 207.0),
        (".5 h", "seconds", 1800.0),
        ("1e3 W", "watts", 1000.0),
        (3, "", 3.0),
        ("4", "", 4.0),
    ],
)
def test_a_quantity_is_read_in_the_unit_of_the_manual(written: object, base: str, number: float) -> None:
    quantity = Quantity.parse(written)
    assert (quantity.base, quantity.in_base) == (base, number)


@pytest.mark.parametrize(("written", "shown"), [("80%", "80 %"), (3, "3"), ("27.50 degC", "27.5 degC")])
def test_a_quantity_reads_as_it_was_meant(written: object, shown: str) -> None:
    assert str(Quantity.parse(written)) == shown


@pytest.mark.parametrize("written", ["", "eighty %", "% 80", True, None, ["80 %"], "8 0 %"])
def test_what_is_no_quantity_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"80 %|no unit"):
        Quantity.parse(written)


def test_a_unit_that_is_misspelled_gets_a_hint() -> None:
    with pytest.raises(ValueError, match="no unit 'degc'; did you mean 'degC'"):
        Quantity.parse("27 degc")


def test_what_was_read_already_stays() -> None:
    assert Quantity.parse(Quantity(1.0, "V")) == Quantity(1.0, "V")
