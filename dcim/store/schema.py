"""The tables, as the code uses them. ``migrations`` makes them; a test holds the two together.

Only types that SQLite and PostgreSQL share. Times are whole microseconds since 1970 UTC, bodies canonical
JSON text.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text, text

REVISION = "0004"
"""The newest revision in ``migrations``: what this version of dcim writes."""

metadata = MetaData()
_KEY = BigInteger().with_variant(Integer(), "sqlite")  # SQLite makes an INTEGER key the row itself

chain = Table(
    "chain",  # one row: whose chain this is, who may write, and where it ends
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("site", Text, nullable=False),
    Column("chain", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("last_message", BigInteger, nullable=False),  # ids of the outbox are never used twice
)

facts = Table(
    "facts",  # append-only: no statement in the code base updates or deletes here
    metadata,
    Column("sequence", _KEY, primary_key=True, autoincrement=False),
    Column("site", Text, nullable=False),
    Column("chain", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("facts_kind", "kind", "sequence"),
    Index("facts_subject", "kind", "subject", "sequence"),
)

heads = Table(
    "heads",  # append-only: where the chain ended, signed; one at most for a fact
    metadata,
    Column("sequence", _KEY, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("key", String(64), nullable=False),  # the id of the key: the SHA-256 of the public one
    Column("signature", String(128), nullable=False),
)

people = Table(
    "people",  # facts name pseudonyms; a row whose person asks for it loses name and contacts, never its key
    metadata,
    Column("pseudonym", Text, primary_key=True),
    Column("name", Text),
    Column("contacts", Text),  # canonical JSON: kind of contact, and where
    Column("added_at", BigInteger, nullable=False),
    Column("erased_at", BigInteger),
)

alerts = Table(
    "alerts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("open", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)

devices = Table(
    "device_states",
    metadata,
    Column("asset", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)

memories = Table(
    "memories",  # what rooms remember over a restart: no record, the facts are; the newest body only
    metadata,
    Column("room", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

rollups = Table(
    "rollups",  # append-only: an hour that changed gets another version, the older ones stay
    metadata,
    Column("hour", String(13), primary_key=True),  # UTC, 2026-11-25T13
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("root", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("file", Text, nullable=False),
    Column("cuts", Integer, nullable=False),
    Column("sections", BigInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _KEY, primary_key=True, autoincrement=False),
    Column("channel", Text, nullable=False),
    Column("dedup_key", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("state", Text, nullable=False),
    Column("settled", BigInteger),
    Column("last_error", Text, nullable=False, server_default=text("''")),
    Index("outbox_due", "state", "due"),
)
