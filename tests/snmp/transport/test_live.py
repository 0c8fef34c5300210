"""Against net-snmp's ``snmpd``, started for real on loopback."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.snmp.engine import oid
from collectors.snmp.engine.access import Auth, Community, Priv, User, Version
from collectors.snmp.engine.request import Request
from collectors.snmp.transport.contract import Target
from dcim.model import Address, NoAnswer, PollError, Refused
from tests.waiting import PATIENCE, free_port

pytestmark = pytest.mark.live
AUTH_KEY, PRIV_KEY = "auth-secret-1", "priv-secret-1"
LOCATION = Request.get([oid.encode("1.3.6.1.2.1.1.6.0"), oid.encode("1.3.6.1.2.1.1.3.0")])
USERS = {
    "md5des": (Auth.MD5, Priv.DES, "MD5", "DES"),
    "sha1aes": (Auth.SHA1, Priv.AES128, "SHA", "AES"),
    "sha224aes": (Auth.SHA224, Priv.AES128, "SHA-224", "AES"),
    "sha256aes": (Auth.SHA256, Priv.AES128, "SHA-256", "AES"),
    "sha384aes": (Auth.SHA384, Priv.AES128, "SHA-384", "AES"),
    "sha256aes192": (Auth.SHA256, Priv.AES192, "SHA-256", "AES-192"),
    "sha512aes256": (Auth.SHA512, Priv.AES256, "SHA-512", "AES-256"),
    "sha1aes192c": (Auth.SHA1, Priv.AES192, "SHA", "AES-192-C"),
    "sha1aes256c": (Auth.SHA1, Priv.AES256, "SHA", "AES-256-C"),
    "md5aes192b": (Auth.MD5, Priv.AES192_BLUMENTHAL, "MD5", "AES-192"),
    "sha1aes256b": (Auth.SHA1, Priv.AES256_BLUMENTHAL, "SHA", "AES-256"),
}


class Snmpd:
    """One net-snmp agent of our own, which can be stopped and started again."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder, self.program = folder, program
        self.port = free_port(socket.SOCK_DGRAM)
        lines = [f"agentAddress udp:127.0.0.1:{self.port},udp6:[::1]:{self.port}"]
        lines += ["rocommunity public 127.0.0.1", "rocommunity6 public ::1", "sysLocation rack A1"]
        for name, (_, _, auth, priv) in USERS.items():
            lines += [f"createUser {name} {auth} {AUTH_KEY} {priv} {PRIV_KEY}", f"rouser {name} auth"]
        (folder / "snmpd.conf").write_text("\n".join(lines) + "\n")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                self.program,
                "-f",
                "-Lf",
                str(self.folder / "log"),
                "-C",
                "-c",
                str(self.folder / "snmpd.conf"),
                "-I",
                "-smux",
            ],
            env={**os.environ, "SNMP_PERSISTENT_DIR": str(self.folder / "state"), "MIBS": ""},
            start_new_session=True,
        )

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE)
            self.process = None


@pytest.fixture(scope="module")
def snmpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    program = shutil.which("snmpd") or shutil.which("snmpd", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        if os.environ.get("DCIM_LIVE") == "require":
            pytest.fail("snmpd is not installed, and DCIM_LIVE=require")
        pytest.skip("snmpd (net-snmp) is not installed")
    server = Snmpd(tmp_path_factory.mktemp("snmpd"), program)
    server.start()
    yield server
    server.stop()


async def until_answered(transport, device, request=LOCATION):
    """Ask until the agent is up; it takes a moment to read its file.

    One that tells its engine but not yet an answer in time looks as if it refused us: that passes too.
    """
    end, why = asyncio.get_running_loop().time() + PATIENCE, None
    while asyncio.get_running_loop().time() < end:
        try:
            return await transport.ask(device, request, asyncio.get_running_loop().time() + 3)
        except (NoAnswer, Refused) as not_yet:
            why = not_yet
    pytest.fail(f"snmpd did not answer in {PATIENCE:g} s: {why!r}")


def target(snmpd, access, host="127.0.0.1", timeout=2.0):
    return Target(Address(host, snmpd.port), access, timeout, 2)


@pytest.mark.parametrize("version", [Version.V1, Version.V2C])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
async def test_communities_over_both_address_families(transport, snmpd, version, host):
    answer = await until_answered(transport, target(snmpd, Community("public", version), host))
    assert answer.values[0] == b"rack A1"
    assert isinstance(answer.values[1], int)


@pytest.mark.parametrize("name", list(USERS))
async def test_every_hash_and_cipher(transport, snmpd, name):
    """Pains: J3."""
    auth, priv, _, _ = USERS[name]
    answer = await until_answered(transport, target(snmpd, User(name, auth, AUTH_KEY, priv, PRIV_KEY)))
    assert answer.values[0] == b"rack A1"


async def test_a_user_who_signs_and_does_not_encrypt(transport, snmpd):
    answer = await until_answered(transport, target(snmpd, User("sha256aes", Auth.SHA256, AUTH_KEY)))
    assert answer.values[0] == b"rack A1"


async def test_a_bulk_walk_reaches_the_end_of_the_system_group(transport, snmpd):
    """Without a MIB file anywhere. Pains: B3, B10."""
    column = oid.encode("1.3.6.1.2.1.1")
    device = target(snmpd, Community("public"))
    await until_answered(transport, device)
    names, last = [], column
    while last.startswith(column):
        answer = await transport.ask(
            device, Request.bulk([last], 7), asyncio.get_running_loop().time() + PATIENCE
        )
        names += [name for name in answer.oids if name.startswith(column)]
        last = answer.oids[-1]
    assert len(names) == len(set(names)) > 7
    assert sorted(names, key=oid.parts) == names


@pytest.mark.parametrize(
    "user",
    [User("nobody", Auth.SHA256, AUTH_KEY), User("sha256aes", Auth.SHA256, "not-the-key"), User("sha256aes")],
    ids=["unknown user", "wrong key", "level too low"],
)
async def test_a_wrong_user_or_key_is_refused(transport, snmpd, user):
    """Pains: B7."""
    await until_answered(transport, target(snmpd, Community("public")))
    device = target(snmpd, user)
    try:
        answer = await transport.ask(device, LOCATION, asyncio.get_running_loop().time() + PATIENCE)
    except Refused:
        return
    assert answer.error_status == 16  # authorizationError: the user is right, the level is not enough


@pytest.mark.long
async def test_a_restart_in_the_middle_needs_no_restart_of_ours(transport, snmpd):
    """Boots grow by one and time begins again. Pains: B7, B9."""
    device = target(snmpd, User("sha256aes", Auth.SHA256, AUTH_KEY, Priv.AES128, PRIV_KEY))
    await until_answered(transport, device)
    snmpd.stop()
    with pytest.raises(PollError):
        await transport.ask(device, LOCATION, asyncio.get_running_loop().time() + 0.3)
    snmpd.start()
    assert (await until_answered(transport, device)).values[0] == b"rack A1"
