"""Signed heads of the chain, the names of people outside it, and a way to find the facts of one subject."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the two tables and the index; no fact is touched, and no head of before is signed afterwards."""
    op.create_index("facts_subject", "facts", ["kind", "subject", "sequence"])
    op.create_table(
        "heads",
        sa.Column("sequence", _KEY, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
    )
    op.create_table(
        "people",
        sa.Column("pseudonym", sa.Text, primary_key=True),
        sa.Column("name", sa.Text),
        sa.Column("contacts", sa.Text),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.Column("erased_at", sa.BigInteger),
    )
