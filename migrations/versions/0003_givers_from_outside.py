"""Givers from outside the company: their invitations and the hashes of their links.

Revision: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("is_external", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "invite",
        sa.Column("feedback_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("worked_together", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["feedback_id"], ["feedback.id"], name=op.f("fk_invite_feedback_id_feedback")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invite")),
        sa.UniqueConstraint("feedback_id", name=op.f("uq_invite_feedback_id")),
    )
    op.create_table(
        "invite_link",
        sa.Column("invite_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("writes", sa.Integer(), nullable=False),
        sa.Column("counted_from", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["invite_id"], ["invite.id"], name=op.f("fk_invite_link_invite_id_invite")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invite_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invite_link_token_hash")),
    )
    op.create_index(op.f("ix_invite_link_invite_id"), "invite_link", ["invite_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_invite_link_invite_id"), table_name="invite_link")
    op.drop_table("invite_link")
    op.drop_table("invite")
    op.drop_column("person", "is_external")
