"""Digests: the mail that carries another one; quiet hours of a person.

Revision: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("message") as table:
        table.add_column(sa.Column("digest_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_message_digest_id_message"), "message", ["digest_id"], ["id"])
        table.create_index(op.f("ix_message_digest_id"), ["digest_id"], unique=False)
    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("quiet_from", sa.Integer(), nullable=True))
        table.add_column(sa.Column("quiet_until", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("person") as table:
        table.drop_column("quiet_until")
        table.drop_column("quiet_from")
    with op.batch_alter_table("message") as table:
        table.drop_index(op.f("ix_message_digest_id"))
        table.drop_constraint(op.f("fk_message_digest_id_message"), type_="foreignkey")
        table.drop_column("digest_id")
