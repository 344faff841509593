"""Columns that the database itself keeps like the rows they repeat, whoever writes those, of any release.

Lists pick their page by indexes on these columns, without a look at tokens and people. A trigger changes the row in
the transaction of the change itself. Migrations have their own copies of them: a house test holds both together.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from review.models.base import Base


class Trigger(NamedTuple):
    """What is done for each row that an event touches, in SQL that SQLite and PostgreSQL both read."""

    name: str
    event: str
    table: str
    condition: str
    does: str


FIND = (
    "UPDATE \"case\" SET sought = (SELECT lower(NEW.code || ' ' || person.name || ' ' || person.title || ' ' ||"
    " person.function) FROM person WHERE id = NEW.candidate_id) WHERE id = NEW.id"
)
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
NEW_MAIN, OLD_MAIN = "NEW.region = 'main'", "OLD.region = 'main'"
SET_CYCLE = 'UPDATE feedback SET cycle_id = (SELECT cycle_id FROM "case" WHERE id = NEW.case_id) WHERE id = NEW.id'
TRIGGERS = (
    Trigger("case_due_begins", "AFTER INSERT", "case_token", NEW_MAIN, SET_DUE),
    Trigger("case_due_moves", "AFTER UPDATE OF due_at", "case_token", NEW_MAIN, SET_DUE),
    Trigger("case_due_ends", "AFTER DELETE", "case_token", OLD_MAIN, FORGET_DUE),
    Trigger("case_sought", "AFTER INSERT", "case", "NEW.id > 0", FIND),
    Trigger("case_sought_anew", "AFTER UPDATE OF code, candidate_id", "case", "NEW.id > 0", FIND),
    Trigger("case_renamed", "AFTER UPDATE OF name, title, function", "person", IS_RENAMED, RENAME),
    Trigger("feedback_cycle", "AFTER INSERT", "feedback", "NEW.id > 0", SET_CYCLE),
)


def spell_trigger(trigger: Trigger, dialect: str) -> list[str]:
    """Return the statements that make a trigger; PostgreSQL keeps what it does as a function of the same name."""
    name, event, table, condition, does = trigger
    when = f'{name} {event} ON "{table}" FOR EACH ROW WHEN ({condition})'
    if dialect == "sqlite":
        return [f"CREATE TRIGGER IF NOT EXISTS {when} BEGIN {does}; END"]
    body = f"BEGIN {does}; RETURN NULL; END"
    made = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
    gone = f'DROP TRIGGER IF EXISTS {name} ON "{table}"'
    return [made, gone, f"CREATE TRIGGER {when} EXECUTE FUNCTION {name}()"]


def make_triggers(connection: sa.Connection) -> None:
    """Make every trigger; one that is there stays as it is, or is made anew."""
    for trigger in TRIGGERS:
        for statement in spell_trigger(trigger, connection.dialect.name):
            connection.exec_driver_sql(statement)


@sa.event.listens_for(Base.metadata, "after_create")
def _make_with_tables(_metadata: sa.MetaData, connection: sa.Connection, **_: object) -> None:
    make_triggers(connection)
