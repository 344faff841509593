"""Requests changed on approval: who changed the words of somebody else's.

Revision: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("feedback") as table:
        table.add_column(sa.Column("changed_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_feedback_changed_by_id_person"), "person", ["changed_by_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("feedback") as table:
        table.drop_constraint(op.f("fk_feedback_changed_by_id_person"), type_="foreignkey")
        table.drop_column("changed_by_id")
