"""SCIM 2.0 (RFC 7643, RFC 7644): a company's directory keeps people and groups up to date, and nothing but these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, g, request

from review.config import Settings
from review.domain.errors import NotFound
from review.extensions import READING_METHODS, csrf, db
from review.queries.directory_sync import count_users, find_token, list_groups, list_users
from review.services.directory_sync import remove_group, remove_person, save_group, save_person, take_turn
from review.services.sign_ins import digest_token
from review.web.guards import current_now, public
from review.web.scim_answers import (
    PLACE,
    Refused,
    answer_errors,
    check_version,
    describe,
    find_base,
    find_limit,
    find_wanted,
    load_contexts,
    load_models,
    load_service,
    place_fixed,
    raise_known,
    read_body,
    read_patch,
    read_search,
    refuse_filter,
    tell,
    tell_fixed,
    tell_found,
    tell_list,
    tell_one_of,
    tell_page,
)
from review.web.scim_words import read_group, read_user, write_group, write_user

bp = Blueprint("scim", __name__, url_prefix=PLACE)
csrf.exempt(bp)  # a program with a token, and no cookie that a browser would send along
answer_errors(bp)
MOST = 200


@bp.before_request
def know_who_asks() -> None:
    """Let a directory in that brings its token, and nobody else."""
    said = request.headers.get("Authorization", "")
    token = said.removeprefix("Bearer ") if said.startswith("Bearer ") else ""
    is_asking = request.method in READING_METHODS or request.path.endswith("/.search")
    digest = digest_token(token)
    g.scim_token = find_token(db.session(), digest) if token else None
    if g.scim_token is not None and not is_asking:
        g.scim_token = take_turn(db.session(), digest)
    if g.scim_token is None:
        raise Refused(401, "A token is needed; `dualtrack scim token` makes one.")


@bp.get("/ServiceProviderConfig")
@public
def show_config() -> Response:
    """Tell what of the standard is done."""
    return tell_fixed(place_fixed(load_service().config, "ServiceProviderConfig", "ServiceProviderConfig"))


@bp.get("/ResourceTypes")
@public
def list_types() -> Response:
    """List the kinds of resources."""
    refuse_filter()
    return tell_list([describe(each) for each in load_service().resource_types])


@bp.get("/ResourceTypes/<name>")
@public
def show_type(name: str) -> Response:
    """Tell about one kind of resource."""
    return tell_one_of(load_service().resource_types, name)


@bp.get("/Schemas")
@public
def list_schemas() -> Response:
    """List the schemas."""
    refuse_filter()
    return tell_list([describe(each) for each in load_service().schemas])


@bp.get("/Schemas/<name>")
@public
def show_schema(name: str) -> Response:
    """Tell about one schema."""
    return tell_one_of(load_service().schemas, name)


@bp.get("/Users")
@public
def list_people() -> Response:
    """List people, narrowed, sorted and by pages."""
    return _search_users()


@bp.post("/Users/.search")
@public
def search_people() -> Response:
    """List people by what is asked in the body, so that no name stands in an address."""
    return _search_users()


@bp.post("/Users")
@public
def add_user() -> Response:
    """Take in somebody new."""
    body = read_body(load_models().FullUser, load_contexts().RESOURCE_CREATION_REQUEST)
    body.active = body.active is not False
    given = read_user(body)
    number = save_person(db.session(), given, now=current_now(), roles=_roles())
    db.session.commit()
    return tell(_find_user(number), load_contexts().RESOURCE_CREATION_RESPONSE, 201)


@bp.get("/Users/<number>")
@public
def show_user(number: str) -> Response:
    """Tell about one person."""
    return tell(_find_user(number), load_contexts().RESOURCE_QUERY_RESPONSE)


@bp.put("/Users/<number>")
@public
def replace_user(number: str) -> Response:
    """Take a person as the directory has them now."""
    return _change(_find_user, number, _replace, _keep_user)


@bp.patch("/Users/<number>")
@public
def patch_user(number: str) -> Response:
    """Change parts of a person."""
    return _change(_find_user, number, _patch, _keep_user)


@bp.delete("/Users/<number>")
@public
def drop_user(number: str) -> Response:
    """Forget a person; they leave, and what they wrote stays."""
    check_version(_find_user(number))
    remove_person(db.session(), int(number), now=current_now())
    db.session.commit()
    return Response(status=204)


@bp.get("/Groups")
@public
def list_all_groups() -> Response:
    """List groups, narrowed, sorted and by pages."""
    return _search_groups()


@bp.post("/Groups/.search")
@public
def search_groups() -> Response:
    """List groups by what is asked in the body."""
    return _search_groups()


@bp.post("/.search")
@public
def search_all() -> Response:
    """List people and groups together by what is asked in the body."""
    asked = read_search(load_models().FullUser | load_models().Group)
    base = find_base()
    users = [write_user(row, base) for row in list_users(db.session())]
    return tell_found([*users, *(write_group(row, base) for row in list_groups(db.session()))], asked, MOST)


@bp.post("/Groups")
@public
def add_group() -> Response:
    """Take in a new group."""
    given = read_group(read_body(load_models().Group, load_contexts().RESOURCE_CREATION_REQUEST))
    number = save_group(db.session(), given, now=current_now(), roles=_roles())
    db.session.commit()
    return tell(_find_group(number), load_contexts().RESOURCE_CREATION_RESPONSE, 201)


@bp.get("/Groups/<number>")
@public
def show_group(number: str) -> Response:
    """Tell about one group."""
    return tell(_find_group(number), load_contexts().RESOURCE_QUERY_RESPONSE)


@bp.put("/Groups/<number>")
@public
def replace_group(number: str) -> Response:
    """Take a group as the directory has it now."""
    return _change(_find_group, number, _replace, _keep_group)


@bp.patch("/Groups/<number>")
@public
def patch_group(number: str) -> Response:
    """Change parts of a group."""
    return _change(_find_group, number, _patch, _keep_group)


@bp.delete("/Groups/<number>")
@public
def drop_group(number: str) -> Response:
    """Forget a group."""
    check_version(_find_group(number))
    remove_group(db.session(), int(number), now=current_now(), roles=_roles())
    db.session.commit()
    return Response(status=204)


@bp.get("/<path:rest>")
@public
def show_nothing(rest: str) -> Response:
    """Say that there is no such place."""
    raise NotFound


def _search_users() -> Response:
    asked = read_search(load_models().FullUser)
    if asked.filter is None and asked.sort_by is None:
        offset, limit = asked.start_index_0, find_limit(asked, MOST)
        rows = list_users(db.session(), offset=offset, limit=limit) if limit else ()
        return tell_page([write_user(row, find_base()) for row in rows], count_users(db.session()), asked)
    found = list_users(db.session(), wanted=find_wanted(asked))
    return tell_found([write_user(row, find_base()) for row in found], asked, MOST)


def _search_groups() -> Response:
    asked = read_search(load_models().Group)
    return tell_found([write_group(row, find_base()) for row in list_groups(db.session())], asked, MOST)


def _roles() -> dict[str, str]:
    settings: Settings = current_app.extensions["settings"]
    return dict(settings.sign_in.groups)


def _find_user(number: str | int) -> Any:
    rows = list_users(db.session(), wanted=("id", str(number)))
    if not rows:
        raise NotFound
    return write_user(rows[0], find_base())


def _find_group(number: str | int) -> Any:
    is_number = str(number).isascii() and str(number).isdigit() and len(str(number)) < 10
    rows = list_groups(db.session(), group_id=int(number)) if is_number else ()
    if not rows:
        raise NotFound
    return write_group(rows[0], find_base())


def _change(
    find: Callable[[str], Any], number: str, change: Callable[[Any], Any], keep: Callable[[Any, int], int]
) -> Response:
    """Find a resource, check its version, change it, keep it, and answer with what it is now."""
    resource = find(number)
    check_version(resource)
    changed = raise_known(lambda: change(resource))
    keep(changed, int(number))
    db.session.commit()
    kind = "RESOURCE_PATCH_RESPONSE" if request.method == "PATCH" else "RESOURCE_REPLACEMENT_RESPONSE"
    return tell(find(number), load_contexts()[kind])


def _replace(resource: Any) -> Any:
    given = read_body(type(resource), load_contexts().RESOURCE_REPLACEMENT_REQUEST)
    given.replace(resource)
    if getattr(resource, "active", None) is False and given.active is None:
        given.active = False  # nobody who has left returns by what is left out
    return given


def _patch(resource: Any) -> Any:
    read_patch(type(resource)).patch(resource, scim_policy=load_models().POLICY)
    return resource


def _keep_user(resource: Any, number: int) -> int:
    return save_person(db.session(), read_user(resource), now=current_now(), person_id=number, roles=_roles())


def _keep_group(resource: Any, number: int) -> int:
    return save_group(db.session(), read_group(resource), now=current_now(), group_id=number, roles=_roles())
