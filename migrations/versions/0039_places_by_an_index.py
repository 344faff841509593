"""Where a case stands is read out of an index alone, which takes the place of one that only led to it.

Revision: 0039
"""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("case_token", schema=None) as batch_op:
        batch_op.create_index("ix_case_token_place", ["case_id", "region", "state"], unique=False)
        batch_op.drop_index("ix_case_token_case_id")


def downgrade() -> None:
    with op.batch_alter_table("case_token", schema=None) as batch_op:
        batch_op.create_index("ix_case_token_case_id", ["case_id"], unique=False)
        batch_op.drop_index("ix_case_token_place")
