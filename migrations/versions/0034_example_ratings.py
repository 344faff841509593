"""What raters gave on example profiles.

Revision: 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "example_rating",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("ratings", sa.JSON(), nullable=False),
        sa.Column("rated_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_example_rating_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_example_rating")),
        sa.UniqueConstraint("person_id", "digest", name=op.f("uq_example_rating_person_id_digest")),
    )
    with op.batch_alter_table("example_rating") as batch_op:
        batch_op.create_index("ix_example_rating_digest", ["digest"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("example_rating") as batch_op:
        batch_op.drop_index("ix_example_rating_digest")
    op.drop_table("example_rating")
