"""Everybody eligible is nominated by a job, which notes how far it has come.

Revision: 0040
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nomination_run",
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_nomination_run_asked_by_id_person")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_nomination_run_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_run")),
    )
    op.create_index(op.f("ix_nomination_run_cycle_id"), "nomination_run", ["cycle_id"])


def downgrade() -> None:
    op.drop_table("nomination_run")
