"""A time-stamping authority on loopback: openssl with a key of its own, behind a small HTTP server."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIG = """
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_alg = sha256
"""


class Authority:
    """Answers with what openssl says. ``say``: turns an answer into another one; ``asked``: how often."""

    def __init__(self, folder: Path, name: str = "Casablanca TSA") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.certificates = folder / "ca.pem"
        self.asked = 0
        self.status = 200
        self.say = lambda answer: answer
        self.url = ""
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
        (folder / "extensions").write_text("extendedKeyUsage = critical,timeStamping\n")
        new = ("-newkey", "rsa:2048", "-nodes")
        self._openssl(
            "req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", f"/CN={name} root"
        )
        self._openssl("req", *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", f"/CN={name}")
        self._openssl(
            "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-extfile", "extensions", "-out", "tsa.pem",
        )  # fmt: skip

    def answer(self, question: bytes) -> bytes:
        """Return the answer (DER) to a question."""
        (self.folder / "question").write_bytes(question)
        asked = ("-reply", "-config", "tsa.cnf", "-queryfile", "question", "-out", "answer")
        self._openssl("ts", *asked)
        return (self.folder / "answer").read_bytes()

    def _openssl(self, *asked: str) -> None:
        subprocess.run(["openssl", *asked], cwd=self.folder, check=True, capture_output=True, timeout=60)


@contextmanager
def serving(authority: Authority) -> Iterator[Authority]:
    """Serve it on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            authority.asked += 1
            question = self.rfile.read(int(self.headers["content-length"]))
            assert self.headers["content-type"] == "application/timestamp-query"
            answer = authority.say(authority.answer(question))
            self.send_response(authority.status)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    authority.url = f"http://127.0.0.1:{server.server_address[1]}/tsr"
    try:
        yield authority
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
