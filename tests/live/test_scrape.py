"""A real Prometheus reads the daemon over TLS with a token, in OpenMetrics, and finds the devices as targets."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

TOKEN = "a-token-of-this-test-alone"


def write_certificate(folder):
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
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))


@pytest.mark.long
def test_prometheus_scrapes_the_port_of_its_own_and_discovers_devices(
    tmp_path, processes, site, needs, port, until_it
):
    """Pains: E3."""
    needs("prometheus")
    write_certificate(tmp_path)
    (tmp_path / "token").write_text(TOKEN)
    metrics, at = port(), port()
    device = {
        "id": "ups-1",
        "kind": "ups",
        "collector": "snmp",
        "address": f"127.0.0.1:{port()}",
        "interval": "1s",
        "timeout": "300ms",
        "rack": "r1-07",
        "tenant": "blue",
    }
    site.write(
        credentials={
            "public": {"protocol": "snmp", "version": "2c", "community": f"file:{tmp_path / 'token'}"}
        },
        devices=[{**device, "credential": "public"}],
        metrics={
            "listen": f"127.0.0.1:{metrics}",
            "certificate": "cert.pem",
            "key": "key.pem",
            "token": f"file:{tmp_path / 'token'}",
        },
    )
    site.start()
    access = {
        "scheme": "https",
        "tls_config": {"ca_file": str(tmp_path / "cert.pem")},
        "authorization": {"type": "Bearer", "credentials_file": str(tmp_path / "token")},
    }
    jobs = [
        {"job_name": "dcim", **access, "static_configs": [{"targets": [f"127.0.0.1:{metrics}"]}]},
        {
            "job_name": "stranger",
            **{**access, "authorization": {"credentials": "no"}},
            "static_configs": [{"targets": [f"127.0.0.1:{metrics}"]}],
        },
        {
            "job_name": "devices",
            "http_sd_configs": [
                {
                    "url": f"https://127.0.0.1:{metrics}/api/v1/sd",
                    "refresh_interval": "1s",
                    **{key: access[key] for key in ("tls_config", "authorization")},
                }
            ],
        },
    ]
    (tmp_path / "prometheus.yml").write_text(
        json.dumps({"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": jobs})
    )
    processes.start(
        "prometheus",
        "prometheus",
        f"--config.file={tmp_path}/prometheus.yml",
        f"--storage.tsdb.path={tmp_path}/prom",
        f"--web.listen-address=127.0.0.1:{at}",
    )

    def ask(query):
        answer = httpx.get(f"http://127.0.0.1:{at}/api/v1/query", params={"query": query}, timeout=5)
        answer.raise_for_status()  # while it starts it says that in words
        found = answer.json()["data"]["result"]
        return {tuple(sorted(one["metric"].items())): float(one["value"][1]) for one in found}

    until_it(
        lambda: (
            list(
                ask(
                    'dcim_device_reach_state{asset="ups-1",rack="r1-07",tenant="blue",state="silent"}'
                ).values()
            )
            == [1.0]
        )
    )

    def of_job(name):
        return [value for labels, value in ask("up").items() if dict(labels)["job"] == name]

    until_it(lambda: of_job("stranger") == [0.0])  # it may be asked a moment after the other
    until_it(lambda: of_job("dcim") == [1.0])
    told = httpx.get(
        f"http://127.0.0.1:{at}/api/v1/metadata",
        params={"metric": "dcim_device_poll_duration_seconds"},
        timeout=5,
    ).json()
    assert {one["unit"] for one in told["data"].get("dcim_device_poll_duration_seconds", [])} <= {"seconds"}
    targets = until_it(
        lambda: [
            one
            for one in httpx.get(f"http://127.0.0.1:{at}/api/v1/targets", timeout=5).json()["data"][
                "activeTargets"
            ]
            if one["scrapePool"] == "devices"
        ]
    )
    assert targets[0]["discoveredLabels"]["__meta_dcim_rack"] == "r1-07"
    assert targets[0]["discoveredLabels"]["__address__"] == device["address"]
