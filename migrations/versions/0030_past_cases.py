"""Past cases, brought in by files.

Revision: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "past_import",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.Column("brought_by_id", sa.Integer(), nullable=True),
        sa.Column("brought_at", sa.DateTime(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["brought_by_id"], ["person.id"], name=op.f("fk_past_import_brought_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_import")),
    )
    op.create_table(
        "past_case",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("replaced_by_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=False),
        sa.Column("from_level_id", sa.Text(), nullable=True),
        sa.Column("to_level_id", sa.Text(), nullable=False),
        sa.Column("track_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ratings", sa.JSON(), nullable=False),
        sa.Column("votes", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["past_import.id"], name=op.f("fk_past_case_import_id_past_import")),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["past_import.id"], name=op.f("fk_past_case_replaced_by_id_past_import")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_past_case_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_case")),
    )
    stands = sa.text("replaced_by_id IS NULL")
    op.create_index(
        "uq_past_case_standing",
        "past_case",
        ["person_id", "cycle"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )
    for name in ("import_id", "person_id", "replaced_by_id"):
        op.create_index(op.f(f"ix_past_case_{name}"), "past_case", [name])


def downgrade() -> None:
    op.drop_table("past_case")
    op.drop_table("past_import")
