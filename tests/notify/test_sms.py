"""Short messages: the alphabet, the parts, the modem's dialogue and what comes back from a telephone."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.alerts import Language
from dcim.notify import Context, Delivered, Letter, Postman, RetryAfter, Site, record
from dcim.notify.channels.sms import gsm7
from dcim.notify.channels.sms.channel import ModemSettings
from dcim.notify.channels.sms.command import CommandSettings
from dcim.notify.channels.sms.pdu import Alphabet, NoMessage, deliver, parts
from dcim.notify.channels.sms.short import acknowledged, is_one_of, short
from dcim.notify.posting.postman import Heard
from dcim.store import Store
from dcim.yaml import parse, shape

from .phones import TO, CommandRig, ModemRig

Letters = Callable[..., Letter]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[ModemRig]:
    rig = ModemRig(tmp_path)
    await rig.up()
    yield rig
    await rig.down()


@pytest.fixture
def context(site: Site, clock: object) -> Context:
    return Context(site, lambda _ref: "1234", clock)  # type: ignore[arg-type]


def test_a_text_is_packed_as_the_standard_packs_it() -> None:
    """The worked example that every manual of a modem prints."""
    (one,) = parts("+46708251358", "hellohello", 1, 3)
    assert one.text == "0011000B916407281553F80000A70AE8329BFD4697D9EC37"
    assert one.length == 23


def test_a_message_that_came_is_read() -> None:
    came = deliver("07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07")
    assert (came.sender, came.text) == ("+31641600986", "How are you?")


@pytest.mark.parametrize("text", ["", "00", "xy", "07911326040000F0", "0791132604", "07911326040000F0060B91"])
def test_what_is_no_message_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NoMessage):
        deliver(text)


@given(st.binary(max_size=60))
def test_no_octets_make_the_reader_stumble(octets: bytes) -> None:
    try:
        read = deliver(octets.hex())
    except NoMessage:
        return
    assert len(read.text) <= 2 * len(octets)  # whatever it says, it was in there


@given(st.lists(st.integers(0, 127), max_size=200), st.integers(0, 6))
def test_packing_loses_nothing(numbers: list[int], fill: int) -> None:
    assert gsm7.unpack(gsm7.pack(numbers, fill), len(numbers), fill) == numbers


@pytest.mark.parametrize(
    ("text", "count", "coding"),
    [
        ("é" * 160, 1, "00"),
        ("é" * 161, 2, "00"),
        ("€" * 80, 1, "00"),
        ("€" * 81, 2, "00"),
        ("ê" * 70, 1, "08"),
        ("ê" * 71, 2, "08"),
        ("Onduleur à l'arrêt", 1, "08"),
        ("L’onduleur « A » – 5 °C", 1, "00"),
        ("x" * 2000, 3, "00"),
        ("ê" * 2000, 3, "08"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_the_alphabet_and_the_parts_of_a_text(text: str, count: int, coding: str) -> None:
    made = parts(TO, text, 7, 3)
    assert len(made) == count
    assert {one.text[24:26] for one in made} == {coding}
    assert all(one.length == len(one.text) // 2 - 1 <= 14 + 140 for one in made)


@given(st.text(max_size=400), st.sampled_from(list(Alphabet)), st.integers(1, 4))
def test_any_text_becomes_parts_that_a_modem_takes(text: str, alphabet: Alphabet, most: int) -> None:
    made = parts("0612345678", text, 300, most, alphabet)
    assert 1 <= len(made) <= most
    assert all(one.length <= 13 + 140 for one in made)
    assert all(bytes.fromhex(one.text) for one in made)


def test_accents_that_the_alphabet_lacks_fall_off_where_that_is_wished() -> None:
    assert gsm7.plain("Arrêt, Ça où? œuvre ½ 漢") == "Arret, Ça où? oeuvre 12 ?"


@pytest.mark.parametrize(
    ("said", "number"),
    [("ACK 17", 17), (" ack #17 merci", 17), ("ok17", 17), ("Pris: 5", 5), ("ACK", None), ("back 17", None), ("17", None)],
)  # fmt: skip
def test_an_answer_acknowledges_by_number(said: str, number: int | None) -> None:
    assert acknowledged(said) == number


@pytest.mark.parametrize(
    ("sender", "known"),
    [("+212612345678", True), ("0612345678", True), ("00212612345678", True), ("+212612345679", False), ("5678", False), ("Spam", False)],
)  # fmt: skip
def test_a_number_is_known_however_it_is_written(sender: str, known: bool) -> None:
    assert is_one_of(sender, (TO,)) is known


def test_a_text_says_what_where_what_to_do_and_how_to_answer(letter: Letters) -> None:
    """Pains: H5."""
    sent = letter()
    said = short(Letter(sent.id, sent.dedup_key, sent.notice, 17), Language.FR, answers=True)
    assert said == (
        "[CRITIQUE] UPS-A : Onduleur sur batterie - Casablanca 1 Vérifier le secteur. #17 répondre ACK 17"
    )


async def test_french_goes_out_whole_and_a_long_text_arrives_in_one(
    rig: ModemRig, context: Context, letter: Letters
) -> None:
    channel = rig.open(context, alphabet="auto")
    sent = letter(action={Language.FR: "Arrêter la charge non essentielle. " * 8, Language.EN: ""})
    assert await channel.send(sent) == Delivered()
    ((number, text),) = rig.modem.texts
    assert number == TO
    assert text.startswith("[CRITIQUE] UPS-A : Onduleur sur batterie")
    assert "Arrêter la charge" in text
    assert text.endswith("...")
    await channel.aclose()


async def test_a_retry_is_for_those_who_have_not_had_it(
    rig: ModemRig, context: Context, letter: Letters
) -> None:
    channel = rig.open(context, to=(TO, "+212600000000"))
    rig.moods("take", "broken")
    assert await channel.send(letter()) == RetryAfter("+212600000000: +CMS ERROR: 38")
    assert await channel.send(letter()) == Delivered()
    assert [number for number, _ in rig.modem.texts] == [TO, "+212600000000"]
    await channel.aclose()


async def test_a_pin_is_given_once_and_a_wrong_one_never_again(
    rig: ModemRig, context: Context, letter: Letters
) -> None:
    rig.modem.pin = "9999"
    channel = rig.open(context, pin="env:PIN")
    first, second = [await channel.send(letter()) for _ in range(2)]
    assert first == RetryAfter(f"{TO}: +CME ERROR: 16")
    assert second == RetryAfter(f"{TO}: the card wants more than it was given: SIM PIN")
    assert rig.modem.pins == ["1234"]
    await channel.aclose()


async def test_an_answer_from_the_list_is_an_acknowledgement_of_that_message(
    rig: ModemRig,
    context: Context,
    opened: Callable[[], Store],
    clock: object,
    change: Callable[..., object],
    site: Site,
) -> None:
    """Answers of others, and to messages that never were, acknowledge nothing; all are deleted. Pains: H4."""
    store, channel = opened(), rig.open(context)
    heard: list[Heard] = []
    man = Postman(store, {"sms": channel}, clock)  # type: ignore[arg-type]
    man.on_reply = heard.append
    await store.commit(record([change()], site, ["sms"]))  # type: ignore[list-item]
    await man.deliver_due()
    number = int(rig.taken()[0].rsplit(" ", 1)[1])
    rig.modem.inbox = {
        1: came(TO, f"ACK {number}"),
        2: came(TO, f"ACK {number + 100}"),
        3: came("+33600000000", f"ACK {number}"),
        4: came(TO, "merci"),
        5: "NOTHEX",
        6: "07911326040000F0",
    }
    for _ in range(2):
        clock.wall += 20.0  # type: ignore[attr-defined]
        await man.deliver_due()
    assert [(one.letter.number, one.who, one.channel) for one in heard] == [(number, TO, "sms")]
    assert rig.modem.inbox == {5: "NOTHEX"}
    await man.aclose()


def came(sender: str, text: str) -> str:
    """Return a message as a modem lists it."""
    digits = sender.removeprefix("+")
    padded = digits + ("F" if len(digits) % 2 else "")
    swapped = "".join(padded[at + 1] + padded[at] for at in range(0, len(padded), 2))
    numbers = [one for sign in gsm7.septets(text) or [] for one in sign]
    octets = gsm7.pack(numbers).hex().upper()
    return f"0004{len(digits):02X}91{swapped}0000" + "62115221438000" + f"{len(numbers):02X}{octets}"


async def test_a_gateway_gets_number_and_text_as_arguments_and_no_shell_reads_them(
    tmp_path: Path, context: Context, letter: Letters
) -> None:
    rig = CommandRig(tmp_path)
    await rig.up()
    channel = rig.open(context, command=(str(rig.script), "{to}", "{text}"), text="argument")
    evil = letter(name="$(touch /pwned); `id` \"'")
    assert await channel.send(evil) == Delivered()
    assert rig.taken()[0].startswith(f"{TO} [CRITIQUE] $(touch /pwned); `id` \"' :")


async def test_a_gateway_sees_nothing_of_our_environment(
    tmp_path: Path, context: Context, letter: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pains: J2."""
    monkeypatch.setenv("DCIM_SECRET", "hunter2")
    script = tmp_path / "env"
    script.write_text("#!/bin/sh\nenv >$0.out\n")
    script.chmod(0o700)
    channel = CommandRig(tmp_path).open(context, command=(str(script),))
    assert await channel.send(letter()) == Delivered()
    assert "hunter2" not in (tmp_path / "env.out").read_text()


@pytest.mark.parametrize(
    ("model", "line", "expected"),
    [
        (CommandSettings, "command: [send-sms]", "the command must be a path from the root"),
        (CommandSettings, "command: []", "at least 1"),
        (ModemSettings, "port: ttyUSB0", "port"),
        (ModemSettings, 'port: /dev/ttyUSB0\nto: ["call me"]', "to"),
        (ModemSettings, 'port: /dev/ttyUSB0\npin: "1234"', "secrets only by reference"),
    ],
)
def test_settings_that_can_never_send_are_mistakes_in_the_file(model: type, line: str, expected: str) -> None:
    whole = line if "\nto:" in line else f'{line}\nto: ["{TO}"]'
    settings, problems = shape(parse(whole + "\n", "site.yaml"), model, hide=True)
    assert settings is None
    assert any(expected in str(one) for one in problems), problems
