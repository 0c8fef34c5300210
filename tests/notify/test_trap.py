"""SNMP notifications of v2c, traps that nobody acknowledges, access half said; Apprise that is missing."""

import sys
from collections.abc import Callable

import pytest

from dcim.notify import Context, Delivered, Letter, NoticeKind, Site
from dcim.notify.channels.apprise import AppriseMissing, AppriseSettings
from dcim.notify.channels.apprise import plugin as apprise
from dcim.notify.channels.trap import ENTERPRISE, TrapSettings
from dcim.yaml import parse, shape
from tests.waiting import until_it

from .far_sides import SECRETS
from .wires import TrapRig


@pytest.mark.parametrize("kind", ["inform", "trap"])
async def test_a_notification_of_version_2c_says_every_object(
    kind: str, site: Site, letter: Callable[..., Letter]
) -> None:
    rig = TrapRig("2c", (SECRETS["env:COMMUNITY"],))
    await rig.up()
    channel = rig.open(Context(site, lambda ref: SECRETS[str(ref)]), kind=kind)
    try:
        assert await channel.send(letter(NoticeKind.CLEARED)) == Delivered()
        await until_it(lambda: rig.notifications, "a notification has come")
        (said,) = rig.notifications
        assert len([oid for oid in said if oid.startswith(f"{ENTERPRISE}.1.")]) == 16
        assert said[f"{ENTERPRISE}.1.1.0"] == letter().dedup_key
        assert said[f"{ENTERPRISE}.1.14.0"] == ""
        assert said["1.3.6.1.6.3.1.1.4.1.0"] == f"{ENTERPRISE}.0.4"
    finally:
        await channel.aclose()
        await rig.down()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("version: '2c'", "version 2c wants community"),
        ('version: "3"\ncommunity: "env:C"', "version 3 wants user"),
        ('version: "3"\nuser: u\nauth: sha256', "auth and auth_key come together"),
        ('version: "3"\nuser: u\npriv: aes128\npriv_key: "env:P"', "priv needs auth"),
        ('version: "3"\nuser: u\nkind: trap', "a v3 trap needs engine_id"),
        ('community: "env:C"\nenterprise: 1.2.3', "expected an object identifier"),
        ("community: hunter2", "secrets only by reference"),
    ],
)
def test_access_that_is_half_said_is_a_mistake_in_the_file(lines: str, expected: str) -> None:
    """Pains: J2."""
    settings, problems = shape(parse(f"host: nms\n{lines}\n", "site.yaml"), TrapSettings, hide=True)
    assert settings is None
    assert expected in str(problems[0])
    assert "hunter2" not in str(problems[0])


def test_apprise_that_is_not_installed_says_what_to_install(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(AppriseMissing, match=r"pip install 'dcim\[apprise\]'"):
        apprise.open(AppriseSettings(urls=("env:URL",)), Context(site, lambda _ref: "json://x"))
