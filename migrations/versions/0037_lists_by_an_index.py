"""A case knows when its main place is due and what a search finds it by; lists pick their page by indexes on the case.

Revision: 0037
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_case_cycle_stage": ["cycle_id", "state", "workflow_version_id"],
    "ix_case_cycle_due": ["cycle_id", "due_at", "code", "id", "closed_at", "moved_at", "created_at", "state",
                          "workflow_version_id", "sought"],
    "ix_case_cycle_moved": ["cycle_id", "moved_at", "created_at", "closed_at", "due_at", "code", "sought"],
    "ix_case_cycle_open": ["cycle_id", "closed_at", "committee_id", "phase"],
    "ix_case_committee_open": ["committee_id", "closed_at"],
}
FIND = (
    "UPDATE \"case\" SET sought = (SELECT lower({0}code || ' ' || person.name || ' ' || person.title || ' ' ||"
    " person.function) FROM person WHERE id = {0}candidate_id)"
)
FIND_NEW = FIND.format("NEW.") + " WHERE id = NEW.id"
RENAME = (
    "UPDATE \"case\" SET sought = lower(code || ' ' || NEW.name || ' ' || NEW.title || ' ' || NEW.function)"
    " WHERE candidate_id = NEW.id"
)
IS_RENAMED = "OLD.name <> NEW.name OR OLD.title <> NEW.title OR OLD.function <> NEW.function"
SET_DUE = (
    'UPDATE "case" SET due_at = NEW.due_at WHERE id = NEW.case_id'
    " AND (due_at <> NEW.due_at OR (due_at IS NULL) <> (NEW.due_at IS NULL))"
)
FORGET_DUE = 'UPDATE "case" SET due_at = NULL WHERE id = OLD.case_id'
TRIGGERS = (
    ("case_due_begins", "AFTER INSERT", "case_token", "NEW.region = 'main'", SET_DUE),
    ("case_due_moves", "AFTER UPDATE OF due_at", "case_token", "NEW.region = 'main'", SET_DUE),
    ("case_due_ends", "AFTER DELETE", "case_token", "OLD.region = 'main'", FORGET_DUE),
    ("case_sought", "AFTER INSERT", "case", "NEW.id > 0", FIND_NEW),
    ("case_sought_anew", "AFTER UPDATE OF code, candidate_id", "case", "NEW.id > 0", FIND_NEW),
    ("case_renamed", "AFTER UPDATE OF name, title, function", "person", IS_RENAMED, RENAME),
)


def upgrade() -> None:
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("due_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("sought", sa.Text(), server_default="", nullable=False))
    for trigger in TRIGGERS:
        make_trigger(*trigger)
    due = "SELECT due_at FROM case_token WHERE case_id = \"case\".id AND region = 'main'"
    op.execute(f'UPDATE "case" SET due_at = ({due})')  # noqa: S608
    op.execute(FIND.format('"case".'))
    with op.batch_alter_table("case", schema=None) as batch_op:
        for name, columns in INDEXES.items():
            batch_op.create_index(name, columns, unique=False)


def make_trigger(name: str, event: str, table: str, condition: str, does: str) -> None:
    """Make a trigger; PostgreSQL keeps what it does as a function of the same name."""
    head = f'CREATE TRIGGER {name} {event} ON "{table}" FOR EACH ROW WHEN ({condition})'
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{head} BEGIN {does}; END")
        return
    body = f"BEGIN {does}; RETURN NULL; END"
    op.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
    op.execute(f"{head} EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, _, table, *_ in TRIGGERS:
        op.execute(f"DROP TRIGGER {name}" if is_sqlite else f'DROP TRIGGER {name} ON "{table}"')
        if not is_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    with op.batch_alter_table("case", schema=None) as batch_op:
        for name in INDEXES:
            batch_op.drop_index(name)
        batch_op.drop_column("sought")
        batch_op.drop_column("due_at")
