"""Drafts of ladders, and who proposed a version that another published.

Revision: 0031
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ladder_draft",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("becomes", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("begun_by_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(), nullable=True),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("returned_by_id", sa.Integer(), nullable=True),
        sa.Column("returned_why", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["base_id"], ["ladder_version.id"], name=op.f("fk_ladder_draft_base_id_ladder_version")),
        sa.ForeignKeyConstraint(["begun_by_id"], ["person.id"], name=op.f("fk_ladder_draft_begun_by_id_person")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_ladder_draft_proposed_by_id_person")),
        sa.ForeignKeyConstraint(["returned_by_id"], ["person.id"], name=op.f("fk_ladder_draft_returned_by_id_person")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_ladder_draft_saved_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ladder_draft")),
    )
    with op.batch_alter_table("ladder_version") as table:
        table.add_column(sa.Column("proposed_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_ladder_version_proposed_by_id_person"), "person", ["proposed_by_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("ladder_version") as table:
        table.drop_constraint(op.f("fk_ladder_version_proposed_by_id_person"), type_="foreignkey")
        table.drop_column("proposed_by_id")
    op.drop_table("ladder_draft")
