"""Each line of a rating is signed by who wrote it: the manager, or somebody for them.

Revision: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SIGN = """
    UPDATE rating_line SET written_by_id = (SELECT rater_id FROM rating WHERE rating.id = rating_line.rating_id)
"""


def upgrade() -> None:
    with op.batch_alter_table("rating_line") as table:
        table.add_column(sa.Column("written_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_rating_line_written_by_id_person"), "person", ["written_by_id"], ["id"])
    op.execute(SIGN)


def downgrade() -> None:
    with op.batch_alter_table("rating_line") as table:
        table.drop_constraint(op.f("fk_rating_line_written_by_id_person"), type_="foreignkey")
        table.drop_column("written_by_id")
