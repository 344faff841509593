"""Ladders: the list, the table of one version, two levels side by side, what changed, and files."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from review.domain.errors import NotFound
from review.domain.ladder import Ladder, Level
from review.domain.ladder_csv import dump_csv
from review.domain.ladder_diff import diff_ladders
from review.domain.ladder_sheet import describe_move, find_ways, group_activities, lay_out, lay_out_pair
from review.domain.numbers import whole_number
from review.domain.text import Text
from review.extensions import db
from review.queries.ladder_drafts import list_drafts
from review.queries.ladders import (
    VersionRow,
    find_own_level,
    find_versions_of,
    list_ladders,
    may_publish,
    read_ladder,
    read_source,
)
from review.web.differences import mark_lines
from review.web.guards import current_actor, load_or_404, requires

bp = Blueprint("ladders", __name__, url_prefix="/ladders")


@bp.get("")
@requires("signed_in")
def listing() -> str:
    """List the ladders and their versions."""
    actor, session = current_actor(), db.session()
    return render_template(
        "ladders/list.html",
        rows=list_ladders(session, actor),
        drafts=list_drafts(session, actor),
        may_publish=may_publish(actor),
    )


@bp.get("/<int:version_id>")
@requires("signed_in")
def show(version_id: int) -> str:
    """Show a version: levels as columns, criteria as rows."""
    versions, ladder = _load(version_id)
    here = find_own_level(db.session(), current_actor(), ladder)
    part, options = _choose_part(ladder, here)
    return render_template(
        "ladders/detail.html",
        version=versions[0],
        previous=_previous(versions),
        ladder=ladder,
        sheet=lay_out(ladder, track_id=options.get("track"), near=options.get("near"), here=here),
        part=part,
        here=here,
        ways=find_ways(ladder, here) if here else (),
        growth=group_activities(ladder),
        may_publish=may_publish(current_actor()),
    )


@bp.get("/<int:version_id>/levels")
@requires("signed_in")
def compare(version_id: int) -> str:
    """Show what two levels ask, side by side."""
    versions, ladder = _load(version_id)
    one, other = _choose_levels(ladder)
    move, grades = ladder.move(one.id, other.id), ladder.compare_grades(one.id, other.id)
    return render_template(
        "ladders/compare.html",
        version=versions[0],
        ladder=ladder,
        one=one,
        other=other,
        rows=lay_out_pair(ladder, one.id, other.id),
        refusal=grades if isinstance(grades, Text) else None,
        kind=describe_move(move.kind, one, other) if move else None,
    )


@bp.get("/<int:version_id>/changes")
@requires("signed_in")
def changes(version_id: int) -> str:
    """Show what changed since another version of the same ladder, the one before unless another is named."""
    versions, ladder = _load(version_id)
    since = request.args.get("since", type=whole_number)
    old = _previous(versions) if since is None else next((row for row in versions if row.id == since), None)
    old = load_or_404(old)
    found = diff_ladders(read_ladder(db.session(), old.id), ladder)
    marked = [(change, mark_lines(change.old, change.new)) for change in found]
    return render_template("ladders/changes.html", version=versions[0], old=old, versions=versions, marked=marked)


@bp.get("/<int:version_id>/ladder.yaml")
@requires("signed_in")
def download_yaml(version_id: int) -> Response:
    """Send the file as it was published."""
    source = load_or_404(read_source(db.session(), current_actor(), version_id))
    return _file(source, "application/yaml", _load(version_id)[0][0], "yaml")


@bp.get("/<int:version_id>/ladder.csv")
@requires("signed_in")
def download_csv(version_id: int) -> Response:
    """Send the table for a spreadsheet, guarded against formulas."""
    versions, ladder = _load(version_id)
    return _file(dump_csv(ladder).content, "text/csv", versions[0], "csv")


def _load(version_id: int) -> tuple[tuple[VersionRow, ...], Ladder]:
    versions = find_versions_of(db.session(), current_actor(), version_id)
    if not versions or versions[0].id != version_id:
        raise NotFound
    return versions, read_ladder(db.session(), version_id)


def _previous(versions: tuple[VersionRow, ...]) -> VersionRow | None:
    """Return the version published just before the first of these."""
    own = versions[0]
    older = [row for row in versions if (row.published_at, row.id) < (own.published_at, own.id)]
    return max(older, key=lambda row: (row.published_at, row.id), default=None)


def _choose_part(ladder: Ladder, here: str | None) -> tuple[str, dict[str, str]]:
    """Return which part of the ladder was asked for: `all`, `near` the reader's level, or one track by its id."""
    part = request.args.get("show", "near" if here else "all")
    if part == "near" and here:
        return part, {"near": here}
    if part.startswith("track-") and part.removeprefix("track-") in {track.id for track in ladder.tracks}:
        return part, {"track": part.removeprefix("track-")}
    return "all", {}


def _choose_levels(ladder: Ladder) -> tuple[Level, Level]:
    """Return the two levels that were asked for, else the reader's or the first and one that follows it."""
    known = [level.id for level in ladder.levels]
    own = find_own_level(db.session(), current_actor(), ladder) or known[0]
    one = request.args.get("from", own)
    one = one if one in known else own
    following = [move.to_level for move in ladder.moves_from(one)] or known[-1:]
    other = request.args.get("to", following[0])
    return ladder.level(one), ladder.level(other if other in known else following[0])


def _file(content: str, media_type: str, version: VersionRow, ending: str) -> Response:
    response = Response(content, content_type=f"{media_type}; charset=utf-8")
    name = f"{version.key}-{version.version}.{ending}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
