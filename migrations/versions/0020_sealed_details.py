"""Details of the trail under keys of people; the chain is sealed anew over what is kept of them.

The seals of before covered the details themselves: once a detail were erased, such a seal could not be checked any
more. So every event is sealed anew with the same key, over the hash and the sealed detail, in the order of the trail,
and the last event, `trail.resealed`, keeps where the chain of before ended (seq and seal: the last anchor of before) and
whether it held. Nothing is made whole that was not: the chain of before is verified on the way, and an event at which
it did not hold keeps the seal that it had, which is as wrong for the new chain; so does an end that did not fit.

One transaction, a thousand events at a time: where it is killed, it has not begun. The way back opens the details,
seals them as before, and leaves those whose keys were erased empty.

Revision: 0020
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

AT_ONCE = 1_000
FIRST_MAC = "0" * 64
KIND = "trail.resealed"
SHARED = ("seq", "at", "kind", "actor_id", "on_behalf_of_id", "case_id", "subject_type", "subject_id")
NEW = ("key_person_id", "detail_hash", "sealed_detail")

NUMBERS = {name: sa.Integer for name in ("seq", "actor_id", "on_behalf_of_id", "case_id", "subject_id", "key_person_id")}
EVENT = sa.table(
    "audit_event",
    *(sa.column(name, kind()) for name, kind in NUMBERS.items()),
    sa.column("at", sa.DateTime()),
    *(sa.column(name, sa.Text()) for name in ("kind", "subject_type", "detail_hash", "mac")),
    sa.column("detail", sa.JSON()),
    sa.column("sealed_detail", sa.LargeBinary()),
)
HEAD = sa.table("audit_head", sa.column("seq", sa.Integer), sa.column("mac", sa.Text))
KEY = sa.table("person_key", sa.column("person_id", sa.Integer), sa.column("wrapped", sa.LargeBinary))
CASE = sa.table("case", sa.column("id", sa.Integer), sa.column("candidate_id", sa.Integer))

Row = dict[str, Any]
Seal = Callable[[Row, str], str]


def upgrade() -> None:
    _lock()
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete=ON")  # what was readable does not stay behind in freed pages
    with op.batch_alter_table("audit_event") as table:
        table.add_column(sa.Column("key_person_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("detail_hash", sa.Text(), nullable=True))
        table.add_column(sa.Column("sealed_detail", sa.LargeBinary(), nullable=True))
        table.create_foreign_key(op.f("fk_audit_event_key_person_id_person"), "person", ["key_person_id"], ["id"])
    if _has_events():
        vault = Vault()
        _tell(vault, *_reseal(vault.close, _seal_with_detail, _seal_with_hash))
    with op.batch_alter_table("audit_event") as table:
        table.alter_column("detail_hash", existing_type=sa.Text(), nullable=False)
        table.alter_column("sealed_detail", existing_type=sa.LargeBinary(), nullable=False)
        table.drop_column("detail")


def downgrade() -> None:
    _lock()
    with op.batch_alter_table("audit_event") as table:
        table.add_column(sa.Column("detail", sa.JSON(), nullable=True))
    if _has_events():
        _reseal(Vault().open, _seal_with_hash, _seal_with_detail)
    with op.batch_alter_table("audit_event") as table:
        table.alter_column("detail", existing_type=sa.JSON(), nullable=False)
        table.drop_constraint(op.f("fk_audit_event_key_person_id_person"), type_="foreignkey")
        for name in NEW:
            table.drop_column(name)
    op.execute(KEY.delete())


def _has_events() -> bool:
    return op.get_bind().scalar(sa.select(EVENT.c.seq).limit(1)) is not None


def _lock() -> None:
    """Keep every writer of the trail waiting until the chain is sealed anew."""
    op.get_bind().execute(sa.select(HEAD.c.seq).with_for_update())


def _reseal(change: Callable[[Row], Row], seal_before: Seal, seal_after: Seal) -> tuple[Row, int | None]:
    """Change every event and seal the chain anew; return how the chain of before ended, and where it first broke."""
    bind = op.get_bind()
    before = after = FIRST_MAC
    number, broken_at = 0, None
    for rows in _pieces():
        changes = []
        for row in rows:
            number += 1
            changed = {**row, **change(row)}
            holds = row["seq"] == number and row["mac"] == seal_before(row, before)
            broken_at = broken_at or (None if holds else number)
            before, after = row["mac"], seal_after(changed, after) if holds else row["mac"]
            changes.append({"number": row["seq"], "new_mac": after, **{f"new_{key}": changed[key] for key in change(row)}})
        names = [key.removeprefix("new_") for key in changes[0] if key.startswith("new_")]
        update = EVENT.update().where(EVENT.c.seq == sa.bindparam("number"))
        bind.execute(update.values({EVENT.c[name]: sa.bindparam(f"new_{name}") for name in names}), changes)
    head = bind.execute(sa.select(HEAD.c.seq, HEAD.c.mac)).mappings().one_or_none()
    if head is not None and (head["seq"], head["mac"]) == (number, before):
        bind.execute(HEAD.update().values(mac=after))
    elif broken_at is None:
        broken_at = number + 1
    return {"seq": number, "mac": before}, broken_at


def _pieces() -> Iterator[list[Row]]:
    last = 0
    columns = [column for column in EVENT.c if column.name in _columns()]
    while True:
        found = sa.select(*columns).where(EVENT.c.seq > last).order_by(EVENT.c.seq).limit(AT_ONCE)
        rows = [dict(row) for row in op.get_bind().execute(found).mappings()]
        if not rows:
            return
        yield rows
        last = rows[-1]["seq"]


def _columns() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns("audit_event")}


def _tell(vault: Vault, end: Row, broken_at: int | None) -> None:
    """Add the event that says so, where the end of the chain fits; where it does not, the break tells enough."""
    bind = op.get_bind()
    head = bind.execute(sa.select(HEAD.c.seq, HEAD.c.mac)).mappings().one_or_none()
    if head is None or head["seq"] != end["seq"]:
        return
    event: Row = {name: None for name in SHARED} | {
        "seq": end["seq"] + 1,
        "at": datetime.now(UTC).replace(tzinfo=None),
        "kind": KIND,
        "detail": {"seq": end["seq"], "mac": end["mac"], "broken_at": broken_at},
    }
    event |= vault.close(event)
    event["mac"] = _seal_with_hash(event, head["mac"])
    bind.execute(EVENT.insert().values(event))
    bind.execute(HEAD.update().values(seq=event["seq"], mac=event["mac"]))


def _audit_key() -> str:
    key: str = op.get_bind().get_execution_options()["audit_key"]
    return key


def _seal_with_detail(row: Row, previous: str) -> str:
    at = row["at"].replace(tzinfo=UTC).isoformat()
    rest = [row[name] for name in SHARED[2:]]
    return _mac([row["seq"], previous, at, *rest, row["detail"]], sort_keys=True)


def _seal_with_hash(row: Row, previous: str) -> str:
    at = row["at"].replace(tzinfo=UTC).isoformat()
    rest = [row[name] for name in SHARED[2:]]
    return _mac([2, previous, row["seq"], at, *rest, row["key_person_id"], row["detail_hash"], row["sealed_detail"].hex()])


def _mac(content: list[Any], *, sort_keys: bool = False) -> str:
    message = json.dumps(content, sort_keys=sort_keys, separators=(",", ":"), ensure_ascii=False).encode()
    return hmac.new(_audit_key().encode(), message, hashlib.sha256).hexdigest()


class Vault:
    """Closes and opens details: under the key of the candidate, the person it names, who did it, or nobody's."""

    def __init__(self) -> None:
        purposes = (b"dualtrack trail: keys of people", b"dualtrack trail: details about nobody")
        secret = _audit_key().encode()
        self.wrapping, self.installation = (HKDF(SHA256(), 32, salt=None, info=each).derive(secret) for each in purposes)
        bind = op.get_bind()
        self.candidates = dict(bind.execute(sa.select(CASE.c.id, CASE.c.candidate_id)).all())
        self.wrapped = dict(bind.execute(sa.select(KEY.c.person_id, KEY.c.wrapped)).all())

    def close(self, row: Row) -> Row:
        person = self._about(row)
        key = self.installation if person is None else self._key_of(person)
        salt, nonce = secrets.token_bytes(32), secrets.token_bytes(12)
        content = json.dumps(row["detail"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        blob = nonce + AESGCM(key).encrypt(nonce, salt + content, f"event {row['seq']} {row['kind']}".encode())
        code = hmac.new(salt, content, hashlib.sha256).hexdigest()
        return {"key_person_id": person, "detail_hash": code, "sealed_detail": blob}

    def open(self, row: Row) -> Row:
        person = row["key_person_id"]
        wrapped = self.wrapped.get(person)
        try:
            key = self.installation if person is None else self._unwrap(person, wrapped or b"")
            blob, place = row["sealed_detail"], f"event {row['seq']} {row['kind']}".encode()
            return {"detail": json.loads(AESGCM(key).decrypt(blob[:12], blob[12:], place)[32:])}
        except (InvalidTag, ValueError):  # erased, or changed: the chain of before tells which
            return {"detail": {}}

    def _about(self, row: Row) -> int | None:
        if row["case_id"] is not None:
            person = self.candidates.get(row["case_id"])
        else:
            person = row["subject_id"] if row["subject_type"] == "person" else row["actor_id"]
        return None if person in self.wrapped and self.wrapped[person] is None else person

    def _key_of(self, person: int) -> bytes:
        if person not in self.wrapped:
            nonce = secrets.token_bytes(12)
            made = nonce + AESGCM(self.wrapping).encrypt(nonce, secrets.token_bytes(32), f"person {person}".encode())
            op.get_bind().execute(KEY.insert().values(person_id=person, wrapped=made))
            self.wrapped[person] = made
        return self._unwrap(person, self.wrapped[person])

    def _unwrap(self, person: int, wrapped: bytes) -> bytes:
        return AESGCM(self.wrapping).decrypt(wrapped[:12], wrapped[12:], f"person {person}".encode())
