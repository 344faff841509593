"""A second case of the same people in other parts: what is theirs in one of the two opens nothing in the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.evidence_draft import EvidenceDraft, EvidenceLink, Tag
from review.models import Evidence, Feedback
from review.services.cases import Nomination, nominate
from review.services.evidence import add_evidence, save_self_review
from review.services.feedback import Proposal, decide_request, propose_givers
from review.services.feedback_answers import AnswerDraft, save_answer
from review.services.ratings import RatingDraft, save_line
from review.web.outward_links import name_link
from tests.access.addresses import LINKS, Address, few_of, find_addresses
from tests.access.canaries import HOST, Plot
from tests.access.cast import Player, Track
from tests.access.crossing import Crossing
from tests.access.story import CRITERIA, EVIDENCE, WORDS, Story
from tests.access.theatre import MORE, Theatre
from tests.access.visits import open_client, read
from tests.access.worlds import Kept
from tests.factories import draw_the_same

SECOND = Track("second", "pavel", "mats", "dario", "principal-pm")
PARTS = {"pavel": "candidate", "mats": "manager", "dario": "skip_level", "vera": "skip_level", "hugo": "hr"}
"""Who is what in the second case; whoever is the candidate of the first one is asked for feedback here."""
COMPANY = frozenset({"hr", "auditor", "it_admin"})
"""The parts that are the same in every case."""


def cross_both(theatre: Theatre, stage: str) -> tuple[Crossing, Crossing]:
    """Let everybody open the addresses of both cases, with the numbers of the one's rows under the other's."""
    kept = theatre.show(stage)
    with Session(theatre.engine) as session:
        second = _open(theatre.story, session, kept)
        begun = Kept("collecting", "collecting", kept.now, b"", frozenset())
        addresses = list(_addresses(theatre, session, second))
        one, two = Crossing(theatre.story, kept, addresses), Crossing(second, begun, addresses)
        for player in theatre.players(stage):
            if player.actor != "conflicted_chair":
                client = open_client(theatre.app, session, theatre.story, kept, player)
                for address in addresses:
                    with client.get(address.path) as answer:
                        text = read(answer)
                    _note(one, text, player, address)
                    _note(two, text, _in_second(theatre.story, player), address)
    return one, two


def _note(crossing: Crossing, text: str, player: Player, address: Address) -> None:
    is_of_case = address.case_id == crossing.story.case_id
    crossing.note(text, player, address.endpoint, address.path, is_of_case=is_of_case)


def _in_second(story: Story, player: Player) -> Player:
    """Return the same person as who they are in the second case."""
    if player.person is None or player.actor == "ex_employee":
        return replace(player, roles=player.roles - {"external_giver"})
    part = "giver" if player.person == story.track.candidate else PARTS.get(player.person, "other_employee")
    return replace(player, roles=player.roles & COMPANY | {part, "other_employee"})


def _open(story: Story, session: Session, kept: Kept) -> Story:
    """Begin the second case: everything is being written, one answer too."""
    known = Plot(dict(story.plot.planted))
    second = replace(story, session=session, track=SECOND, now=kept.now, plot=known, case_id=0)
    nomination = Nomination(second.id("pavel"), "promotion", SECOND.to_level, known.plant("reason", "case.stage"))
    case = nominate(session, story.scene.cycle_id, nomination, draw=draw_the_same, **second.at("pavel"))
    case.code = known.plant("case.code", "case.existence")
    second.case_id = case.id
    second.fire("confirm_eligible", "hanna")
    for criterion in CRITERIA:
        words = known.plant_link(f"self_review {criterion}", WORDS)
        save_self_review(*second.here, criterion, words, version=0, **second.at("pavel"))
    address = EvidenceLink(known.plant("label", EVIDENCE), f"https://{HOST}/{known.plant('url', EVIDENCE)}")
    draft = EvidenceDraft(known.plant("title", EVIDENCE), "Done", links=(address,), tags=(Tag(CRITERIA[0]),))
    add_evidence(*second.here, draft, **second.at("pavel"))
    first_view = RatingDraft(3, False, known.plant("first view", "first_view.draft first_view.locked"))
    save_line(*second.here, "first", CRITERIA[0], first_view, version=0, **second.at("mats"))
    _ask(second, story.track.candidate)
    session.commit()
    second.plot = Plot({word: each for word, each in known.planted.items() if word not in story.plot.planted})
    second.plot.linked = known.linked
    return second


def _ask(second: Story, giver: str) -> None:
    proposal = Proposal((second.id(giver),), "", (CRITERIA[0],))
    (row,) = propose_givers(*second.here, proposal, **second.at("pavel"))
    decide_request(*second.here, row.id, "approve", **second.at("mats"))
    about = {"own": giver, "own_rows": "feedback.own_draft"}
    done = second.plot.plant_link("feedback done", "feedback.text", **about)
    save_answer(*second.here, row.id, CRITERIA[0], AnswerDraft("", done, "", "", 4), version=0, **second.at(giver))


def _addresses(theatre: Theatre, session: Session, second: Story) -> Iterator[Address]:
    """Yield the pages of each case with rows of the other, the second one's own, and the lists that tell of cases."""
    first, own = theatre.story.case_id, second.case_id
    ids = few_of(theatre.ids(session), more=MORE)
    rows: dict[str, tuple[object, ...]] = {
        "feedback_id": tuple(session.scalars(sa.select(Feedback.id).where(Feedback.case_id == own))),
        "evidence_id": tuple(session.scalars(sa.select(Evidence.id).where(Evidence.case_id == own))),
    }
    with theatre.app.app_context():
        rows[LINKS] = tuple(name_link(own, each) for each in second.plot.linked.values())[-2:]
    of_both = {name: (*ids[name][:1], *rows[name]) for name in rows}
    under_own = find_addresses(theatre.app, {**ids, **of_both, "case_id": (own,)}, "GET")
    yield from (each for each in under_own if each.is_of_cases)
    under_first = find_addresses(theatre.app, {**ids, **rows, "case_id": (first,)}, "GET")
    yield from (each for each in under_first if each.case_id is not None and rows.keys() & dict(each.parts).keys())
