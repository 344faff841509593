"""What a directory sent last of a person, as it sent it.

Revision: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("scim_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("document", sa.JSON(), server_default="{}", nullable=False))
        batch_op.drop_column("given_name")
        batch_op.drop_column("family_name")
    with op.batch_alter_table("scim_user", schema=None) as batch_op:
        batch_op.alter_column("document", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("scim_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("family_name", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("given_name", sa.Text(), nullable=True))
        batch_op.drop_column("document")
