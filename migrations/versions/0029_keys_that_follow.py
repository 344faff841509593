"""A record whose key can be replaced, sign-ins whose token a proof replaces, and calls counted for all processes.

Revision: 0029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("audit_head", schema=None) as batch_op:
        batch_op.add_column(sa.Column("key_mark", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("kept_secret", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("token_before", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("before_until_at", sa.DateTime(), nullable=True))
        batch_op.create_index(op.f("ix_sign_in_token_before"), ["token_before"])
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counted_minute", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("counted", sa.Integer(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_column("counted")
        batch_op.drop_column("counted_minute")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_sign_in_token_before"))
        batch_op.drop_column("before_until_at")
        batch_op.drop_column("token_before")
    with op.batch_alter_table("audit_head", schema=None) as batch_op:
        batch_op.drop_column("kept_secret")
        batch_op.drop_column("key_mark")
