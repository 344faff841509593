"""A request for feedback knows its cycle; the board of requests picks its page and counts by indexes.

Revision: 0038
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_feedback_cycle_state": ["cycle_id", "kind", "state", "due_at", "id", "case_id"],
    "ix_feedback_cycle_due": ["cycle_id", "kind", "due_at", "id", "state", "case_id"],
    "ix_feedback_cycle_function": ["cycle_id", "kind", "function", "case_id"],
}
FIND = 'UPDATE feedback SET cycle_id = (SELECT cycle_id FROM "case" WHERE id = {0}case_id)'
DOES = FIND.format("NEW.") + " WHERE id = NEW.id"
WHEN = "feedback_cycle AFTER INSERT ON \"feedback\" FOR EACH ROW WHEN (NEW.id > 0)"


def upgrade() -> None:
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cycle_id", sa.Integer(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {WHEN} BEGIN {DOES}; END")
    else:
        body = f"BEGIN {DOES}; RETURN NULL; END"
        op.execute(f"CREATE OR REPLACE FUNCTION feedback_cycle() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
        op.execute(f"CREATE TRIGGER {WHEN} EXECUTE FUNCTION feedback_cycle()")
    op.execute(FIND.format("feedback."))
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        for name, columns in INDEXES.items():
            batch_op.create_index(name, columns, unique=False)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER feedback_cycle")
    else:
        op.execute("DROP TRIGGER feedback_cycle ON feedback")
        op.execute("DROP FUNCTION feedback_cycle()")
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        for name in INDEXES:
            batch_op.drop_index(name)
        batch_op.drop_column("cycle_id")
