"""Lists found by an index: the directory by name and by function, the cases of a cycle by code.

Revision: 0022
"""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_person_listed", "person", ["is_active", "name", "id", "title", "function"])
    op.create_index("ix_person_active_function", "person", ["is_active", "function"])
    op.create_index("ix_case_cycle_code", "case", ["cycle_id", "code", "id"])


def downgrade() -> None:
    op.drop_index("ix_case_cycle_code", table_name="case")
    op.drop_index("ix_person_active_function", table_name="person")
    op.drop_index("ix_person_listed", table_name="person")
