"""While a synthetic case is built: evidence, self-review, feedback asked for and given, a manager who leaves."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from review.domain.evidence_draft import EvidenceDraft, EvidenceLink, Tag
from review.domain.people_changes import Scope
from review.domain.people_file import PersonField, PersonRow, file_of
from review.domain.phase import Phase
from review.models import Feedback, Person
from review.rehearsal.cast import Plot
from review.rehearsal.scene import Scene
from review.services.evidence import add_evidence, save_self_review
from review.services.feedback import Proposal, ask_direct_reports, decide_request, propose_givers
from review.services.feedback_answers import AnswerDraft, move_own, save_answer
from review.services.people import apply_changes

WRITES_AT, ASKS_AT, LEAVES_AT, ASKS_AGAIN_AT, WITHDRAWS_AT = 0.1, 0.1, 0.4, 0.75, 0.6
ANSWERS_FROM, ANSWER_EVERY, ANSWERS_UNTIL = 0.25, 0.12, 0.8
ASKED_FIRST = 4
LINK = EvidenceLink("The report of the release", "https://docs.rehearsal.invalid/report")


def build(scene: Scene) -> None:
    """Do what is due for a case that is being built."""
    if scene.case.phase != Phase.COLLECTING:
        return
    if scene.plot is Plot.WITHDRAWN and scene.share >= WITHDRAWS_AT:
        _withdraw(scene)
        return
    if scene.plot is Plot.MANAGER_LEAVES and scene.share >= LEAVES_AT:
        _let_manager_leave(scene)
    if scene.share >= WRITES_AT:
        _write(scene)
    if scene.share >= ASKS_AT:
        _ask(scene)
    _answer(scene)


def _withdraw(scene: Scene) -> None:
    """Leave by whatever way out the workflow gives the candidate."""
    standing = scene.stand(scene.candidate)
    ways_out = {name for name, action in standing.definition.actions.items() if action.bail}
    for option in standing.options():
        if option.is_allowed and option.id in ways_out:
            scene.move(option.id, scene.candidate)
            return


def _write(scene: Scene) -> None:
    standing, candidate = scene.stand(scene.candidate), scene.candidate
    for criterion in standing.criteria:
        if criterion.id not in standing.facts.evidenced:
            draft = EvidenceDraft(
                title=f"What came of my work: {criterion.name}",
                done=f"For a year I did what {criterion.name} asks at the next level.",
                effect="Four teams use it.",
                links=(LINK,),
                tags=(Tag(criterion.id),),
            )
            scene.serve(add_evidence, draft, actor=candidate)
        if criterion.id not in standing.facts.self_reviewed:
            body = f"What I did for {criterion.name} stands in my evidence. It is made up, as all of this is."
            scene.serve(save_self_review, criterion.id, body, version=0, actor=candidate)


def _ask(scene: Scene) -> None:
    rows = _requests(scene)
    peers = {row.giver_id for row in rows if row.kind == "peer"}
    if not peers:
        chosen = tuple(_choose_givers(scene, peers)[:ASKED_FIRST])
        proposal = Proposal(chosen, "We shipped it together.", asks_full=True)
        scene.serve(propose_givers, proposal, actor=scene.candidate)
    for row in rows:
        if row.state == "proposed":
            scene.serve(decide_request, row.id, "approve", actor=scene.manager)
    if not any(row.kind == "upward" for row in rows) and "report" in scene.stand(scene.hr).definition.roles:
        scene.serve(ask_direct_reports, actor=scene.manager)
    if scene.share >= ASKS_AGAIN_AT and scene.plot is Plot.LATE_GIVER and len(peers) == ASKED_FIRST:
        again = Proposal(tuple(_choose_givers(scene, peers)[:1]), "Somebody has not answered.", asks_full=True)
        scene.serve(propose_givers, again, actor=scene.manager)


def _choose_givers(scene: Scene, asked: set[int]) -> list[int]:
    """Return who could be asked, one of each function first, begun elsewhere for each case."""
    by_function: dict[str, list[int]] = {}
    for person in scene.players("giver-"):
        by_function.setdefault(scene.session.get_one(Person, person).function, []).append(person)
    groups = [_turn(people, scene.case.id % len(people)) for people in by_function.values()]
    longest = max(map(len, groups), default=0)
    turns = [group[place] for place in range(longest) for group in groups if place < len(group)]
    return [person for person in turns if person not in asked]


def _turn(people: list[int], by: int) -> list[int]:
    return people[by:] + people[:by]


def _requests(scene: Scene) -> list[Feedback]:
    return list(
        scene.session.scalars(sa.select(Feedback).where(Feedback.case_id == scene.case.id).order_by(Feedback.id))
    )


def _answer(scene: Scene) -> None:
    """Let givers answer one after the other, each on the day that they were given at the latest."""
    criteria = [criterion.id for criterion in scene.stand(scene.hr).criteria]
    for place, row in enumerate(_requests(scene)):
        is_late = scene.plot is Plot.LATE_GIVER and place == 0
        is_last_day = row.due_at is not None and row.due_at <= scene.now
        is_due = is_last_day or scene.share >= min(ANSWERS_FROM + ANSWER_EVERY * place, ANSWERS_UNTIL)
        if is_due and not is_late and row.state in ("asked", "writing"):
            scene.attempt(_give, scene, row, criteria)


def _give(scene: Scene, row: Feedback, criteria: list[str]) -> None:
    session, case_id, now, giver = scene.session, scene.case.id, scene.now, scene.actor(row.giver_id)
    if row.state == "asked":
        move_own(session, case_id, row.id, "accept", actor=giver, now=now)
    for criterion in row.criteria or criteria:
        draft = AnswerDraft("In the spring release", "I saw it done, with care.", "It held.", value=4)
        save_answer(session, case_id, row.id, criterion, draft, version=0, actor=giver, now=now)
    move_own(session, case_id, row.id, "submit", actor=giver, now=now)


def _let_manager_leave(scene: Scene) -> None:
    """Let the manager leave as the next people file says it: the candidate reports to somebody else from then on."""
    session = scene.session
    manager = session.get(Person, scene.case.manager_id) if scene.case.manager_id else None
    if manager is None or manager.external_id == "next-manager":
        return
    candidate = session.get_one(Person, scene.case.candidate_id)
    keeper, left_on = scene.player("it-admin"), scene.now.date() - timedelta(days=1)
    moved = PersonRow(1, candidate.external_id, candidate.name, manager="next-manager")
    leaver = PersonRow(1, manager.external_id, manager.name, left_on=left_on)
    for row, named in ((moved, PersonField.MANAGER), (leaver, PersonField.LEFT_ON)):
        scene.attempt(apply_changes, session, file_of([row], named), actor=keeper, now=scene.now, scope=Scope.PART)
