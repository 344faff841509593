"""A cycle's days by rule, who may be a candidate in it, and what HR ruled about one person.

Revision: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cycle", schema=None) as batch_op:
        batch_op.add_column(sa.Column("date_rules", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("eligibility", sa.JSON(), server_default="{}", nullable=False))
    with op.batch_alter_table("cycle", schema=None) as batch_op:
        batch_op.alter_column("date_rules", server_default=None)
        batch_op.alter_column("eligibility", server_default=None)
    op.create_table(
        "eligibility_ruling",
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("ruling", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ruled_by_id", sa.Integer(), nullable=False),
        sa.Column("ruled_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_eligibility_ruling_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_eligibility_ruling_person_id_person")),
        sa.ForeignKeyConstraint(["ruled_by_id"], ["person.id"], name=op.f("fk_eligibility_ruling_ruled_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eligibility_ruling")),
        sa.UniqueConstraint("cycle_id", "person_id", name=op.f("uq_eligibility_ruling_cycle_id_person_id")),
    )
    op.create_index(op.f("ix_eligibility_ruling_cycle_id"), "eligibility_ruling", ["cycle_id"])
    op.create_index(op.f("ix_eligibility_ruling_person_id"), "eligibility_ruling", ["person_id"])


def downgrade() -> None:
    op.drop_table("eligibility_ruling")
    with op.batch_alter_table("cycle", schema=None) as batch_op:
        batch_op.drop_column("eligibility")
        batch_op.drop_column("date_rules")
