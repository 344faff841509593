"""Files that are made for one reader: everybody asks for each, they are made, and everybody downloads what there is."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy.orm import Session

from review.adapters.jobs import InlineJobs, run_inline
from review.extensions import db
from tests.access.crossing import Crossing
from tests.access.theatre import Theatre
from tests.access.visits import PDF, read
from tests.access.worlds import Kept


def cross_papers(theatre: Theatre, stage: str) -> tuple[Crossing, dict[str, set[str]]]:
    """Return what everybody read in the PDFs that they were given, and which actors were given which."""
    kept, story = theatre.show(stage), theatre.story
    case, committee = f"/cases/{story.case_id}", f"/committee/agenda/{story.scene.committee_id}"
    papers = {f"{case}/packet.pdf": f"{case}/packet.pdf", f"{case}/letter.pdf": f"{case}/letter.pdf"}
    papers[f"{committee}/book.pdf"] = f"{committee}/book"
    _forget(theatre)
    crossing, given = Crossing(story, kept, []), defaultdict(set)
    players = [player for player in theatre.players(stage) if player.actor != "conflicted_chair"]
    with Session(theatre.engine) as session:
        clients = [(player, theatre.let_in(session, kept, player)) for player in players]
        for player, client in clients:
            for made_at in papers.values():
                with client.post(made_at) as answer:
                    crossing.note(read(answer), player, "papers", f"POST {made_at}", is_of_case=True)
    _make(theatre, kept)
    for player, client in clients:
        for path in papers:
            with client.get(path) as answer:
                crossing.note(read(answer), player, "papers", path, is_of_case=True)
                if answer.mimetype == PDF:
                    given[path.rpartition("/")[2]].add(player.actor)
    return crossing, dict(given)


def _forget(theatre: Theatre) -> None:
    """Forget the jobs of another stage: its rows are gone."""
    with theatre.app.app_context():
        jobs: InlineJobs = db.engine.get_execution_options()["jobs"]
        jobs.ready.clear()
        jobs.seen.clear()


def _make(theatre: Theatre, kept: Kept) -> None:
    with theatre.app.app_context():
        run_inline(db.session(), now=kept.now)
