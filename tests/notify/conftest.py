"""A site, a change of an alert and what is made of it; channels that do as they are told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import settings

from dcim.alerts import Alert, Change, ChangeKind, Delay, Language, Rule, Severity, alert_key
from dcim.alerts.condition import InState
from dcim.model import Address, Asset, Health, Kind, Point, Reading
from dcim.notify import Delivered, Letter, Notice, Site, Verdict, notice_of
from dcim.store import Store

settings.register_profile("dcim", deadline=None)  # no test asserts a duration
settings.load_profile("dcim")

NOON = 1_764_072_000.0  # 2025-11-25 12:00:00 UTC
BATTERY = InState(frozenset({"battery"}))


class HandClock:
    """A clock that stands still until somebody moves it."""

    def __init__(self) -> None:
        self.wall = NOON

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.wall - NOON


@dataclass
class ToldChannel:
    """Takes every letter and answers what the test says; delivered when it says nothing more."""

    verdicts: list[Verdict] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    gate: asyncio.Event | None = None
    closed: bool = False

    async def send(self, letter: Letter) -> Verdict:
        self.letters.append(letter)
        if self.gate is not None:
            await self.gate.wait()
        return self.verdicts.pop(0) if self.verdicts else Delivered()

    async def aclose(self) -> None:
        self.closed = True

    @property
    def ids(self) -> list[str]:
        return [letter.id for letter in self.letters]


@pytest.fixture
def told_channel() -> type[ToldChannel]:
    return ToldChannel


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def opened(tmp_path: Path, clock: HandClock) -> Iterator[Callable[[], Store]]:
    """Open the store of one state directory, again after a kill if the test wants it."""
    stores: list[Store] = []

    def make() -> Store:
        for before in stores:
            before.close()
        stores.append(Store.open(tmp_path / "state", "cas1", clock))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def site() -> Site:
    return Site("cas1", "Casablanca 1", "Africa/Casablanca", Language.FR)


@pytest.fixture
def change() -> Callable[..., Change]:
    """Make a change of the alert 'UPS on battery' of one UPS."""

    def make(
        kind: ChangeKind = ChangeKind.RAISED,
        asset: str = "ups-a",
        raised_at: float = NOON,
        at: float | None = None,
        severity: Severity = Severity.CRITICAL,
        labels: tuple[tuple[str, str], ...] = (),
    ) -> Change:
        point = Point(asset, "ups_output_source_state", labels)
        alert = Alert(
            alert_key("cas1", "ups_on_battery", point), "ups_on_battery", point, severity, raised_at
        )
        when = raised_at if at is None else at
        word, health = ("battery", Health.WARNING) if kind is ChangeKind.RAISED else ("normal", Health.OK)
        reading = Reading(point, when, None, word, health, None, "")
        device = Asset(
            asset,
            asset.upper(),
            Kind.UPS,
            "snmp",
            Address("192.0.2.1", 161),
            room="r1",
            rack="r1-01",
            feed="A",
        )
        return Change(kind, alert, when, RULE.paced(10.0), device, reading)

    return make


RULE = Rule(
    "ups_on_battery",
    frozenset({Kind.UPS}),
    ("ups_output_source_state",),
    BATTERY,
    BATTERY,
    Severity.CRITICAL,
    {Language.EN: "UPS on battery", Language.FR: "Onduleur sur batterie"},
    {
        Language.EN: "The load lives on the battery.",
        Language.FR: "La charge vit sur la batterie, pas sur l'arrivée.",
    },
    {Language.EN: "Check the mains.", Language.FR: "Vérifier le secteur."},
    on=Delay(5.0),
    off=Delay(60.0),
    limit="battery",
)


@pytest.fixture
def notice(change: Callable[..., Change], site: Site) -> Callable[..., Notice]:
    def make(kind: ChangeKind = ChangeKind.RAISED, at: float | None = None, **more: object) -> Notice:
        return replace(notice_of(change(kind, at=at), site), **more)

    return make


@pytest.fixture
def letter(notice: Callable[..., Notice]) -> Callable[..., Letter]:
    def make(kind: ChangeKind = ChangeKind.RAISED, at: float | None = None, **more: object) -> Letter:
        said = notice(kind, at, **more)
        return Letter(said.message_id, said.key, said)

    return make


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Make an authority and a server certificate for localhost and 127.0.0.1, valid for an hour."""
    folder = tmp_path_factory.mktemp("tls")
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dcim test authority")])
    ca = _certificate(ca_name, ca_name, ca_key, ca_key, authority=True)
    mine = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = _certificate(mine, ca_name, key, ca_key, authority=False)
    ca_file, chain = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    return SimpleNamespace(ca_file=ca_file, server=server)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(names, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
