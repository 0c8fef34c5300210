from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

KEPT = ("cas1-ups-a", "cas1-crac-1", "cas1-pdu-s1r3-a")


@pytest.fixture
def small(part_of_casablanca: Callable[[Collection[str]], str]) -> str:
    """A plant file with three devices: v3 or v2c, and Modbus."""
    return part_of_casablanca(KEPT)


@pytest.fixture
def serve() -> Iterator[Callable[[Mapping[str, Any]], str]]:
    """Return what answers like a daemon with these paths and bodies (or status and body), and gives its address."""
    servers: list[tuple[HTTPServer, Thread]] = []

    def start(answers: Mapping[str, Any]) -> str:
        class Daemon(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = answers[self.path.partition("?")[0]]
                status, said = found if isinstance(found, tuple) else (200, found)
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = HTTPServer(("127.0.0.1", 0), Daemon)
        thread = Thread(target=lambda: server.serve_forever(0.01))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()
