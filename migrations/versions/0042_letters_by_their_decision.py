"""A case has a letter for each decision that was told: one that went out stays when another follows it.

Revision: 0042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

OF_ONE_CASE = "SELECT case_id FROM letter GROUP BY case_id HAVING count(*) > 1"


def upgrade() -> None:
    with op.batch_alter_table("letter", schema=None) as table:
        table.drop_constraint(op.f("uq_letter_case_id"), type_="unique")
        table.create_unique_constraint(op.f("uq_letter_decision_id"), ["decision_id"])
        table.create_index(op.f("ix_letter_case_id"), ["case_id"], unique=False)


def downgrade() -> None:
    """Let a case have one letter again; refused while one has more, as all but one would be lost."""
    if op.get_bind().execute(sa.text(OF_ONE_CASE)).first() is not None:
        raise RuntimeError("a case has more than one letter; a version that keeps only one cannot run on this database")
    with op.batch_alter_table("letter", schema=None) as table:
        table.drop_index(op.f("ix_letter_case_id"))
        table.drop_constraint(op.f("uq_letter_decision_id"), type_="unique")
        table.create_unique_constraint(op.f("uq_letter_case_id"), ["case_id"])
