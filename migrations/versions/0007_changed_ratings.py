"""Ratings as the committee changed them, beside those that stay.

Revision: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rating_change",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("anchors", sa.JSON(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_rating_change_case_id_case")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name=op.f("fk_rating_change_changed_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_change")),
        sa.UniqueConstraint("case_id", "criterion_id", "n", name=op.f("uq_rating_change_case_id_criterion_id_n")),
    )
    op.create_index(op.f("ix_rating_change_case_id"), "rating_change", ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_rating_change_case_id"), table_name="rating_change")
    op.drop_table("rating_change")
