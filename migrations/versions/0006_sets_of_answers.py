"""Sets of answers that are read without names: what could be read so far is the first one.

Revision: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SHOW = """
    UPDATE feedback SET shown_in = 1
    WHERE state IN ('submitted', 'frozen')
    AND (SELECT count(*) FROM feedback other WHERE other.case_id = feedback.case_id AND other.kind = feedback.kind
         AND other.state IN ('submitted', 'frozen')) >= 3
    AND NOT EXISTS (SELECT 1 FROM "case" JOIN case_token ON case_token.case_id = "case".id
        WHERE "case".id = feedback.case_id AND "case".phase = 'collecting'
        AND case_token.region = 'feedback' AND case_token.state = 'asking')
"""
"""No policy has a floor below three."""


def upgrade() -> None:
    with op.batch_alter_table("feedback") as table:
        table.add_column(sa.Column("shown_in", sa.Integer(), nullable=True))
    op.execute(SHOW)


def downgrade() -> None:
    with op.batch_alter_table("feedback") as table:
        table.drop_column("shown_in")
