"""Attributes that groups of people are compared by, and who is in which group.

Revision: 0033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "group_attribute",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("agreed_in", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("filled_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_group_attribute_made_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_attribute")),
        sa.UniqueConstraint("name", name=op.f("uq_group_attribute_name")),
    )
    op.create_table(
        "group_value",
        sa.Column("attribute_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("compared_by", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attribute_id"], ["group_attribute.id"], name=op.f("fk_group_value_attribute_id_group_attribute")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_group_value_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_value")),
        sa.UniqueConstraint("person_id", "attribute_id", name=op.f("uq_group_value_person_id_attribute_id")),
    )
    with op.batch_alter_table("group_value") as batch_op:
        batch_op.create_index(batch_op.f("ix_group_value_attribute_id"), ["attribute_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("group_value") as batch_op:
        batch_op.drop_index(batch_op.f("ix_group_value_attribute_id"))
    op.drop_table("group_value")
    op.drop_table("group_attribute")
