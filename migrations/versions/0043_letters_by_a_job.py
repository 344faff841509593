"""A large batch of letters is sent by a job, which notes how far it has come.

Revision: 0043
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "release_run",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_release_run_release_id_release")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_run")),
        sa.UniqueConstraint("release_id", name=op.f("uq_release_run_release_id")),
    )


def downgrade() -> None:
    op.drop_table("release_run")
