"""Makes of a bundle another that is whole in itself: facts, heads, claims and manifest made by whoever has a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dcim.evidence.keyfile import load
from dcim.ledger.chain import Head
from dcim.ledger.signed import HOUR, head_statement, key_id, key_statement, manifest_statement

from .conftest import Bundle, remanifest

HEAD = ("site", "chain", "epoch", "sequence", "hash", "at", "why", "key", "signature")


def line_of(value: Any, ordered: bool = True) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=ordered, separators=(",", ":"))


class Forger:
    """Writes on where a bundle was cut; ``sign`` is the private key that is used."""

    def __init__(
        self, folder: Path, sign: Callable[[bytes], bytes], key: str, cut: int | None = None
    ) -> None:
        self.folder, self._sign, self.key = folder, sign, key
        self.facts = (folder / "facts.ndjson").read_text().splitlines()[:cut]
        heads = map(json.loads, (folder / "heads.ndjson").read_text().splitlines())
        self.heads = [one for one in heads if one["sequence"] <= len(self.facts)]
        self.keys = json.loads((folder / "keys.json").read_text())["keys"]

    @property
    def last(self) -> dict[str, Any]:
        return json.loads(self.facts[-1])

    @property
    def digest(self) -> str:
        return sha256(self.facts[-1].encode()).hexdigest()

    def fact(self, kind: str, subject: str, body: dict[str, Any], at: int | None = None) -> int:
        last, previous = self.last, self.digest
        sequence = last["sequence"] + 1
        last.update(sequence=sequence, at=at or last["at"], kind=kind, subject=subject, previous=previous)
        body = json.loads(line_of(body))
        self.facts.append(line_of({**last, "body": body}, ordered=False))
        return int(sequence)

    def own_key(self) -> None:
        """Say that the key before was lost, and that this new one signs from here on."""
        thief = Ed25519PrivateKey.generate()
        public = thief.public_key().public_bytes_raw()
        before, last = self.key, self.last
        self.key, self._sign = key_id(public), thief.sign
        signature = thief.sign(key_statement(last["site"], last["chain"], before, public.hex())).hex()
        body = {"algorithm": "Ed25519", "before": before, "public": public.hex(), "signature": signature}
        sequence = self.fact("key_created", self.key, body)
        self.keys.append({"key": self.key, "public": public.hex(), "sequence": sequence})

    def head(self, at: int | None = None, why: str = HOUR) -> None:
        last = self.last
        place = Head(last["site"], last["chain"], last["epoch"], last["sequence"], self.digest)
        at = last["at"] if at is None else at
        signature = self._sign(head_statement(place, at, why)).hex()
        self.heads.append(dict(zip(HEAD, (*place, at, why, self.key, signature), strict=True)))

    def claim(self, document: Any, name: str = "") -> str:
        text = line_of(document)
        digest = sha256(text.encode()).hexdigest()
        (self.folder / "claims" / f"{name or digest}.json").write_text(text)
        return digest

    def seal(self, **more: Any) -> Path:
        """Write all of it, with a manifest that the key signs."""
        (self.folder / "facts.ndjson").write_text("".join(f"{one}\n" for one in self.facts))
        heads = "".join(line_of(one, ordered=False) + "\n" for one in self.heads)
        (self.folder / "heads.ndjson").write_text(heads)
        (self.folder / "keys.json").write_text(line_of({"keys": self.keys}) + "\n")
        remanifest(self.folder, **more)
        path = self.folder / "MANIFEST.json"
        said = {**json.loads(path.read_text()), "signed": True}
        path.write_text(line_of(said) + "\n")
        statement = manifest_statement(sha256(path.read_bytes()).hexdigest())
        signed = {"key": self.key, "signature": self._sign(statement).hex()}
        (self.folder / "MANIFEST.sig.json").write_text(line_of(signed) + "\n")
        return self.folder


def insider(folder: Path, bundle: Bundle, cut: int | None = None) -> Forger:
    """Return a forger who holds the site's private key."""
    pen = load(bundle.state)
    return Forger(folder, pen.sign, pen.key_id, cut)
