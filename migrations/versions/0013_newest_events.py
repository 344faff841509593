"""The record is indexed with its numbers: the newest event of a case or of a kind is found at once.

Revision: 0013
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = "audit_event"


def upgrade() -> None:
    op.drop_index("ix_audit_event_case_id", TABLE)
    op.drop_index("ix_audit_event_kind", TABLE)
    op.create_index("ix_audit_event_case_seq", TABLE, ["case_id", "seq"])
    op.create_index("ix_audit_event_kind_seq", TABLE, ["kind", "seq"])


def downgrade() -> None:
    op.drop_index("ix_audit_event_kind_seq", TABLE)
    op.drop_index("ix_audit_event_case_seq", TABLE)
    op.create_index("ix_audit_event_kind", TABLE, ["kind"])
    op.create_index("ix_audit_event_case_id", TABLE, ["case_id"])
