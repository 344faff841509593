"""Cases that a member took off the list of what is decided together.

Revision: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pulled_case",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("committee_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("pulled_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_pulled_case_case_id_case")),
        sa.ForeignKeyConstraint(["committee_id"], ["committee.id"], name=op.f("fk_pulled_case_committee_id_committee")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_pulled_case_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pulled_case")),
        sa.UniqueConstraint("case_id", "committee_id", name=op.f("uq_pulled_case_case_id_committee_id")),
    )
    op.create_index(op.f("ix_pulled_case_committee_id"), "pulled_case", ["committee_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_pulled_case_committee_id"), table_name="pulled_case")
    op.drop_table("pulled_case")
