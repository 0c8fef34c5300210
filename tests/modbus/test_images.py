"""A shipped image that contradicts itself is a wrong image: no device says such things."""

from __future__ import annotations

import pytest

from collectors.modbus import plugin
from collectors.modbus.library import SHIPPED
from dcim.plausible import judge, sentence

IMAGES = sorted(SHIPPED.glob("*/*.regs"))


@pytest.mark.parametrize("image", IMAGES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_an_image_says_can_be_true(image):
    """Pains: A2, A6."""
    decoded = plugin.decode(image)
    assert decoded is not None
    assert [sentence(one) for one in judge(decoded.batches) if one.holds is False] == []


def test_images_are_judged_at_all():
    decoded = [plugin.decode(image) for image in SHIPPED.glob("schneider_*/*.regs")]
    assert sum(one.holds is True for each in decoded if each for one in judge(each.batches)) > 0
