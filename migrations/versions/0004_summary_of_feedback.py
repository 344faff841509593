"""The summary of all feedback that the candidate reads.

Revision: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feedback_summary",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_feedback_summary_case_id_case")),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["person.id"], name=op.f("fk_feedback_summary_written_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_summary")),
        sa.UniqueConstraint("case_id", name=op.f("uq_feedback_summary_case_id")),
    )


def downgrade() -> None:
    op.drop_table("feedback_summary")
