"""What rooms remember over a restart: states of alerts with their delays, mutes, points that had a value."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of memories; what stands in the others stays as it is."""
    op.create_table(
        "memories",
        sa.Column("room", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )
