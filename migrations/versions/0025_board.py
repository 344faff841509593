"""The board of a cycle's cases: when each moved last, steps for many at once, kept views; calendars that follow.

Revision: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case", sa.Column("moved_at", sa.DateTime(), nullable=True))
    op.execute(
        'UPDATE "case" SET moved_at = (SELECT max(entered_at) FROM case_token WHERE case_token.case_id = "case".id)'
    )
    op.add_column("case_token", sa.Column("is_extended", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "bulk_step",
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_bulk_step_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_bulk_step_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_step")),
    )
    op.create_index(op.f("ix_bulk_step_cycle_id"), "bulk_step", ["cycle_id"])
    op.create_index(op.f("ix_bulk_step_person_id"), "bulk_step", ["person_id"])
    op.create_table(
        "bulk_step_case",
        sa.Column("bulk_step_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulk_step_id"], ["bulk_step.id"], name=op.f("fk_bulk_step_case_bulk_step_id_bulk_step")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_bulk_step_case_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_step_case")),
        sa.UniqueConstraint("bulk_step_id", "case_id", name=op.f("uq_bulk_step_case_bulk_step_id_case_id")),
    )
    op.create_index(op.f("ix_bulk_step_case_case_id"), "bulk_step_case", ["case_id"])
    _create_own()


def _create_own() -> None:
    op.create_table(
        "kept_view",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_kept_view_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_kept_view_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_view")),
        sa.UniqueConstraint("person_id", "cycle_id", "name", name=op.f("uq_kept_view_person_id_cycle_id_name")),
    )
    op.create_index(op.f("ix_kept_view_cycle_id"), "kept_view", ["cycle_id"])
    op.create_table(
        "calendar_feed",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_calendar_feed_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("person_id", name=op.f("uq_calendar_feed_person_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )


def downgrade() -> None:
    for table in ("calendar_feed", "kept_view", "bulk_step_case", "bulk_step"):
        op.drop_table(table)
    with op.batch_alter_table("case_token", schema=None) as batch_op:
        batch_op.drop_column("is_extended")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_column("moved_at")
