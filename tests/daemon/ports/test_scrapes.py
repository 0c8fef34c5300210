"""The port of its own that Prometheus asks: with a certificate and a token, and after the certificate was renewed."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dcim.daemon.ports.certificate import Certificate, CertificateUnusable
from tests.waiting import until_it

TOKEN = "a-token-of-this-test-alone"


def write_certificate(folder):
    """A certificate of this machine that signs itself, as an operator makes one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "dcim test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))


async def test_with_a_certificate_and_a_token_it_is_read_and_without_it_is_not(
    tmp_path, plan_of, running, token
):
    write_certificate(tmp_path)
    plan = plan_of(
        "ups-a",
        metrics={"listen": "127.0.0.1:0", "certificate": "cert.pem", "key": "key.pem", "token": token},
    )
    async with running(plan) as it:
        at = it.daemon._rooms.scrapes.wire.getsockname()[1]
        trust = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        async with httpx.AsyncClient(base_url=f"https://127.0.0.1:{at}", verify=trust, timeout=20) as web:
            assert (await web.get("/metrics")).status_code == 401
            answer = await web.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
            assert "dcim_ups_output_load_ratio{" in answer.text
            assert (await web.get("/", headers={"Authorization": f"Bearer {TOKEN}"})).status_code == 404
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{at}", timeout=20) as plain:
            with pytest.raises(httpx.HTTPError):
                await plain.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert (await it.web.get("/metrics")).status_code == 200  # the page's own port is as it was


async def test_a_certificate_that_cannot_be_used_is_told_before_anything_runs(tmp_path, plan_of, running):
    (tmp_path / "cert.pem").write_text("nonsense")
    (tmp_path / "key.pem").write_text("nonsense")
    plan = plan_of("ups-a", metrics={"listen": "127.0.0.1:0", "certificate": "cert.pem", "key": "key.pem"})
    with pytest.raises(CertificateUnusable, match="metrics: "):
        async with running(plan):
            pass


async def shown(at):
    """The certificate that a port shows to whoever comes."""
    text = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", at), timeout=20)
    return ssl.PEM_cert_to_DER_cert(text)


def on_disk(folder):
    return ssl.PEM_cert_to_DER_cert((folder / "cert.pem").read_text())


async def test_a_renewed_certificate_is_shown_without_a_restart_and_half_of_one_is_not(
    tmp_path, plan_of, running, token
):
    """An agent writes one file after the other: in between, and while a file is away, the one before holds."""
    write_certificate(tmp_path)
    (tmp_path / "next").mkdir()
    write_certificate(tmp_path / "next")
    before, after = on_disk(tmp_path), on_disk(tmp_path / "next")
    plan = plan_of(
        "ups-a",
        metrics={"listen": "127.0.0.1:0", "certificate": "cert.pem", "key": "key.pem", "token": token},
    )
    async with running(plan) as it:
        scrapes = it.daemon._rooms.scrapes
        at = scrapes.wire.getsockname()[1]
        assert await shown(at) == before
        assert not scrapes.certificate.look()
        (tmp_path / "next" / "cert.pem").rename(tmp_path / "cert.pem")
        assert not scrapes.certificate.look()
        assert await shown(at) == before
        (tmp_path / "key.pem").unlink()
        assert not scrapes.certificate.look()
        assert await shown(at) == before
        (tmp_path / "next" / "key.pem").rename(tmp_path / "key.pem")
        assert scrapes.certificate.look()
        assert await shown(at) == after
        trust = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        async with httpx.AsyncClient(base_url=f"https://127.0.0.1:{at}", verify=trust, timeout=20) as web:
            assert (
                await web.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
            ).status_code == 200


async def test_it_is_looked_for_as_long_as_the_port_is_open(tmp_path):
    class Looked(Certificate):
        found = 0

        def look(self):
            self.found += super().look()
            return True

    write_certificate(tmp_path)
    held = Looked(tmp_path / "cert.pem", tmp_path / "key.pem")
    looking = asyncio.create_task(held.renew(every=0.01))
    for number in (1, 2):
        write_certificate(tmp_path)
        await until_it(lambda number=number: held.found >= number, "the new certificate is found")
        assert not looking.done()
    looking.cancel()


@pytest.fixture
def token(tmp_path):
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    return f"file:{file}"
