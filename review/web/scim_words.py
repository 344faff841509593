"""From rows to SCIM resources and back: what a directory sent last, with what is known here laid over it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from review.domain.directory_entry import DirectoryGroup, DirectoryPerson
from review.domain.errors import Fault, Invalid
from review.domain.text import text
from review.forms.base import clean_line
from review.queries.directory_sync import GroupRow, UserRow

if TYPE_CHECKING:
    pass

EXTENSION = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
KEPT = ("active", "name", "displayName", "title", "emails", EXTENSION)
MOST_LETTERS = 200
LONGEST_NUMBER = 9


def write_user(row: UserRow, base: str) -> Any:
    """Return a person as a SCIM resource; `base` is the address of the service."""
    from review.adapters.scim_models import FullUser

    document: dict[str, Any] = json.loads(json.dumps(dict(row.document)))
    told = {
        **document,
        "id": str(row.id),
        "userName": row.user_name,
        "externalId": row.external_id,
        "active": None if row.changed_at is not None and "active" not in document else row.is_active,
        "groups": [{"value": str(number), "display": name} for number, name in row.groups] or None,
        **_lay_over(row, document),
    }
    manager = None
    if row.manager_id is not None:
        place = f"{base}/Users/{row.manager_id}"
        manager = {"value": str(row.manager_id), "$ref": place}
    told[EXTENSION] = {"department": row.function or None, "manager": manager}
    resource = FullUser.model_validate({name: value for name, value in told.items() if value is not None})
    return _stamp(resource, "User", f"{base}/Users/{row.id}", row.made_at, row.changed_at)


def write_group(row: GroupRow, base: str) -> Any:
    """Return a group as a SCIM resource."""
    from review.adapters.scim_models import Group

    members = [{"value": str(number), "$ref": f"{base}/Users/{number}"} for number, _ in row.members]
    told = {"id": str(row.id), "displayName": row.name, "externalId": row.external_id, "members": members or None}
    resource = Group.model_validate({name: value for name, value in told.items() if value is not None})
    return _stamp(resource, "Group", f"{base}/Groups/{row.id}", row.made_at, row.changed_at)


def read_user(user: Any) -> DirectoryPerson:
    """Return what a SCIM resource says of a person."""
    told: dict[str, Any] = json.loads(user.model_dump_json(by_alias=True, exclude_none=True))
    extension = told.get(EXTENSION, {})
    manager = extension.get("manager", {}).get("value")
    user_name = str(told.get("userName", ""))
    return DirectoryPerson(
        user_name=user_name,
        external_id=told.get("externalId"),
        name=_find_name(told) or user_name,
        email=_find_email(told),
        title=clean_line(told.get("title", ""))[:MOST_LETTERS],
        function=clean_line(extension.get("department", ""))[:MOST_LETTERS],
        manager_id=_number(manager, "manager") if manager else None,
        is_active=told.get("active"),
        document={name: told[name] for name in KEPT if name in told},
    )


def read_group(group: Any) -> DirectoryGroup:
    """Return what a SCIM resource says of a group."""
    members = tuple(dict.fromkeys(_number(member.value, "members") for member in group.members or ()))
    return DirectoryGroup(str(group.display_name or ""), group.external_id, members)


def _lay_over(row: UserRow, document: dict[str, Any]) -> dict[str, Any]:
    """Return what is known here and differs from what the directory sent, as after a people file."""
    laid: dict[str, Any] = {}
    if _find_name(document) != row.name and not (_find_name(document) == "" and row.name == row.user_name):
        laid |= {"displayName": row.name, "name": {"formatted": row.name}}
    if row.title != clean_line(document.get("title", ""))[:MOST_LETTERS]:
        laid["title"] = row.title or None
    if _find_email(document) != row.email:
        laid["emails"] = [{"value": row.email, "type": "work", "primary": True}] if row.email else None
    return laid


def _find_name(told: dict[str, Any]) -> str:
    name = told.get("name", {})
    parts = " ".join(name.get(part, "") for part in ("givenName", "familyName"))
    return clean_line(told.get("displayName") or name.get("formatted") or parts)[:MOST_LETTERS]


def _find_email(told: dict[str, Any]) -> str | None:
    emails = [each for each in told.get("emails", ()) if each.get("value")]
    first = next((each for each in emails if each.get("primary")), emails[0] if emails else None)
    return str(first["value"]).lower() if first else None


def _number(value: str | None, field: str) -> int:
    if value is None or not value.isascii() or not value.isdigit() or len(value) > LONGEST_NUMBER:
        raise Invalid([Fault(text("nobody has the number %(id)s", id=value or "–"), field=field)])
    return int(value)


def _stamp(resource: Any, kind: str, place: str, made_at: Any, changed_at: Any) -> Any:
    """Give a resource its version, a digest of what it says, and where it is."""
    from scim2_models import Meta

    said = resource.model_dump_json(by_alias=True, exclude_none=True)
    version = f'W/"{hashlib.sha256(said.encode()).hexdigest()[:16]}"'
    resource.meta = Meta(resource_type=kind, location=place, version=version, created=made_at, last_modified=changed_at)
    return resource
