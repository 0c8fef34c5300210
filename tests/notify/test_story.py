"""From readings to messages over the real store: one message a raise and a clearance, whatever is killed when."""

from array import array
from collections.abc import Callable, Sequence
from pathlib import Path

from dcim.alerts import Watch, shipped_rules
from dcim.model import Address, Asset, Batch, Health, Kind, Lane, Layout, Meaning, Point, state_code
from dcim.notify import Patience, Postman, Site, alert_of, record
from dcim.store import Store, verify

NOON = 1_764_072_000.0
WORDS = {"normal": Health.OK, "battery": Health.WARNING}
STATES = {state_code(word): Meaning(word, health) for word, health in WORDS.items()}
UPS = Asset("ups-a", "UPS A", Kind.UPS, "snmp", Address("192.0.2.1", 161))


class Life:
    """One life of a daemon: the parts that this story needs, over a store that outlives it."""

    def __init__(self, store: Store, channel: object, clock: object, site: Site) -> None:
        self.store = store
        self.clock = clock
        self.site = site
        self.watch = Watch(shipped_rules(), [UPS], site.id, lambda lane, interval: interval)
        self.layout = Layout(
            UPS.id,
            Lane.FAST,
            (Point(UPS.id, "ups_output_source_state"),),
            (STATES,),
            ("1.3.6.1.2.1.33.1.4.1.0",),
        )
        self.postman = Postman(store, {"mail": channel}, clock, Patience(), lambda: 0.0)  # type: ignore[dict-item, arg-type]
        assert self.watch.restore(map(alert_of, store.open_alerts()), NOON) == []

    async def poll(self, words: Sequence[str], *, deliver: bool = True) -> None:
        for word in words:
            self.clock.wall += 10.0  # type: ignore[attr-defined]
            now = self.clock.now()  # type: ignore[attr-defined]
            batch = Batch(self.layout, now, array("d", [state_code(word)]))
            changes = self.watch.take(batch, now - NOON)
            if changes:
                await self.store.commit(record(changes, self.site, ["mail"]))
            if deliver:
                await self.postman.deliver_due()


async def test_a_power_cut_over_three_lives_is_told_once_and_taken_back_once(
    opened: Callable[[], Store], told_channel: type, clock: object, site: Site, tmp_path: Path
) -> None:
    """Pains: E3, F8, H2."""
    mail = told_channel()
    first = Life(opened(), mail, clock, site)
    await first.poll(["normal", "battery", "battery"], deliver=False)
    assert [alert.rule for alert in first.watch.open] == ["ups_on_battery"]

    second = Life(opened(), mail, clock, site)
    assert [alert.rule for alert in second.watch.open] == ["ups_on_battery"]
    await second.poll(["battery", "normal", "battery", "battery"])
    await second.poll(["normal"] * 4)

    third = Life(opened(), mail, clock, site)
    await third.poll(["normal"] * 8)
    assert third.watch.open == ()
    assert [(letter.notice.rule, str(letter.notice.kind)) for letter in mail.letters] == [
        ("ups_on_battery", "raised"),
        ("ups_on_battery", "cleared"),
    ]
    assert mail.letters[1].notice.raise_id == mail.letters[0].id
    assert len({letter.dedup_key for letter in mail.letters}) == 1

    fourth = Life(opened(), mail, clock, site)
    await fourth.poll(["battery"] * 3)
    assert len(mail.letters) == 3
    assert mail.letters[2].dedup_key == mail.letters[0].dedup_key
    assert mail.letters[2].id != mail.letters[0].id
    assert verify(tmp_path / "state").faults == ()


async def test_a_raise_that_never_reached_the_disk_is_raised_again_in_the_next_life(
    opened: Callable[[], Store], told_channel: type, clock: object, site: Site
) -> None:
    mail = told_channel()
    first = Life(opened(), mail, clock, site)
    lost = first.watch.take(Batch(first.layout, NOON, array("d", [state_code("battery")])), 0.0)
    lost += first.watch.take(Batch(first.layout, NOON + 10, array("d", [state_code("battery")])), 10.0)
    assert len(lost) == 1

    second = Life(opened(), mail, clock, site)
    await second.poll(["battery"] * 3)
    assert [str(letter.notice.kind) for letter in mail.letters] == ["raised"]
