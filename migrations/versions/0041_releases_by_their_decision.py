"""A case in a batch of letters names the decision that it was prepared for.

Revision: 0041
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

PREPARED_FOR = """
UPDATE release_item SET decision_id = (
    SELECT decision.id FROM decision JOIN release ON release.id = release_item.release_id
    WHERE decision.case_id = release_item.case_id AND decision.recorded_at <= release.prepared_at
    ORDER BY decision.recorded_at DESC, decision.id DESC LIMIT 1
)
"""


def upgrade() -> None:
    with op.batch_alter_table("release_item", schema=None) as table:
        table.add_column(sa.Column("decision_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_release_item_decision_id_decision"), "decision", ["decision_id"], ["id"])
    op.execute(PREPARED_FOR)


def downgrade() -> None:
    with op.batch_alter_table("release_item", schema=None) as table:
        table.drop_constraint(op.f("fk_release_item_decision_id_decision"), type_="foreignkey")
        table.drop_column("decision_id")
