"""Books: the packets of a committee put together for one reader.

Revision: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "book",
        sa.Column("committee_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["committee_id"], ["committee.id"], name=op.f("fk_book_committee_id_committee")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_book_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book")),
    )
    op.create_index("ix_book_committee_person", "book", ["committee_id", "person_id"])
    op.create_table(
        "book_part",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("packet_file_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["book.id"], name=op.f("fk_book_part_book_id_book")),
        sa.ForeignKeyConstraint(
            ["packet_file_id"], ["packet_file.id"], name=op.f("fk_book_part_packet_file_id_packet_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book_part")),
        sa.UniqueConstraint("book_id", "position", name=op.f("uq_book_part_book_id_position")),
    )
    op.create_index(op.f("ix_book_part_packet_file_id"), "book_part", ["packet_file_id"])


def downgrade() -> None:
    op.drop_table("book_part")
    op.drop_table("book")
