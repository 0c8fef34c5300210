"""A shipped image that contradicts itself is a wrong image: no device says such things."""

from __future__ import annotations

import pytest

from collectors.snmp.library import SHIPPED
from collectors.snmp.offline import decode_cells
from dcim.plausible import judge, sentence

IMAGES = sorted(SHIPPED.glob("*/*.snmprec"))


@pytest.mark.parametrize("image", IMAGES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_an_image_says_can_be_true(shipped, image, image_cells):
    """Pains: A2."""
    decoded = decode_cells(image_cells(image), shipped, (image.parent.name,))
    assert [sentence(one) for one in judge(decoded.batches) if one.holds is False] == []


def test_images_are_judged_at_all(shipped, image_cells):
    image = SHIPPED / "apc_rpdu2" / "metered_by_outlet.snmprec"
    verdicts = judge(decode_cells(image_cells(image), shipped, ("apc_rpdu2",)).batches)
    assert {one.check for one in verdicts if one.holds} >= {"pdu_phases_add_up", "pdu_phase_power"}
