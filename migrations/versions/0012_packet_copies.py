"""Readers' own copies of printed packets, numbered; a rendering for each version of the templates.

Revision: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OLDER = """
    DELETE FROM packet_file WHERE id NOT IN (SELECT newest.id FROM (
        SELECT MAX(id) AS id FROM packet_file GROUP BY packet_id, view
    ) AS newest)
"""


def upgrade() -> None:
    with op.batch_alter_table("packet_file") as table:
        table.add_column(sa.Column("template", sa.Text(), nullable=False, server_default=""))
        table.drop_constraint(op.f("uq_packet_file_packet_id_view"), type_="unique")
        table.create_unique_constraint(op.f("uq_packet_file_packet_id_view_template"), ["packet_id", "view", "template"])
    with op.batch_alter_table("packet_file") as table:
        table.alter_column("template", server_default=None)
    op.create_table(
        "packet_copy",
        sa.Column("packet_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["packet_file.id"], name=op.f("fk_packet_copy_file_id_packet_file")),
        sa.ForeignKeyConstraint(["packet_id"], ["packet.id"], name=op.f("fk_packet_copy_packet_id_packet")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_packet_copy_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packet_copy")),
        sa.UniqueConstraint("file_id", "person_id", "source", name=op.f("uq_packet_copy_file_id_person_id_source")),
        sa.UniqueConstraint("packet_id", "number", name=op.f("uq_packet_copy_packet_id_number")),
    )
    op.create_index(op.f("ix_packet_copy_person_id"), "packet_copy", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_packet_copy_person_id"), table_name="packet_copy")
    op.drop_table("packet_copy")
    op.execute(OLDER)
    with op.batch_alter_table("packet_file") as table:
        table.drop_constraint(op.f("uq_packet_file_packet_id_view_template"), type_="unique")
        table.create_unique_constraint(op.f("uq_packet_file_packet_id_view"), ["packet_id", "view"])
        table.drop_column("template")
