"""The second half of the story: the committee's work, the letter, an appeal and the growth plan."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from review.domain.ballot import BallotDraft, LineDraft
from review.domain.calibration import ChangeDraft
from review.domain.gaps import GapDraft
from review.models import Gap, GrowthItem, GrowthPlan
from review.queries.decisions import list_sentences
from review.queries.rating_changes import find_criterion, load_case_view
from review.queries.standing import load_standing
from review.services.appeals import file_appeal
from review.services.check_ins import CheckInDraft, note_check_in
from review.services.conflicts import declare_conflict
from review.services.consent import pull_off
from review.services.decisions import add_gap
from review.services.emergency import ask_access
from review.services.feedback_summary import save_summary
from review.services.growth import ItemDraft, PlanDraft, agree, save_item, save_plan
from review.services.letters import draft_letter, mark_ready, save_letter
from review.services.packets import note_opened
from review.services.ratings import lock_round
from review.services.ratings_change import change_rating
from review.services.releases import approve_release, prepare_release
from review.services.seats import mark_read, set_present
from review.services.votes import add_note, cast_vote, save_ballot
from tests.access.story import CRITERIA, VOTERS, Story

WHY = "decision.rationale"


def sealed(story: Story) -> None:
    """Seal and print the packet; one member declares a conflict, and an HR partner who is out asks to be let in."""
    lock_round(*story.here, "final", **story.at(story.track.manager))
    story.fire("seal", "hanna")
    why = story.plant("conflict.reason of jonas", "", own="jonas", own_rows="conflict.own_declaration")
    declare_conflict(*story.here, "close_personal", why, **story.at("jonas"))
    reason = story.plant("emergency.reason", "", own="hugo hanna hedi", own_rows="directory")
    code = load_standing(*story.here, story.actor("hanna"), now=story.now).case.code
    ask_access(story.session, code, reason, **story.at("hugo"))


def voting(story: Story) -> None:
    """Let two members cast their votes and a third one write theirs."""
    for key in VOTERS:
        note_opened(*story.here, **story.at(key))
        mark_read(*story.here, **story.at(key))
    story.fire("open_voting", "clara")
    set_present(*story.here, {story.id(key) for key in VOTERS}, **story.at("clara"))
    for key in VOTERS:
        own = {"own": key, "own_rows": "vote.own"}
        lines = {
            each: LineDraft(4, False, story.plant(f"vote of {key} {each}", "vote.others", **own), story.anchors())
            for each in CRITERIA
        }
        overall = "promote" if key == "mika" else "not_yet"
        ballot = BallotDraft(lines, overall, "high", story.plant(f"vote of {key}", "vote.others", **own))
        save_ballot(*story.here, ballot, version=0, **story.at(key))
    for key in ("clara", "omar"):
        cast_vote(*story.here, **story.at(key))


def revealed(story: Story) -> None:
    """Reveal the votes; notes are taken, a rating is changed, and a gap is named."""
    cast_vote(*story.here, **story.at("mika"))
    story.fire("reveal_votes", "clara")
    note = story.plant("discussion.note", "discussion.notes")
    add_note(*story.here, note, criterion_id=CRITERIA[0], **story.at("mika"))
    pulled = story.plant("pulled.reason", "discussion.notes")
    pull_off(*story.here, pulled, **story.at("mika"))
    standing = load_standing(*story.here, story.actor("clara"), now=story.now)
    seen = find_criterion(load_case_view(story.session, standing), CRITERIA[0])
    reason = story.plant("changed rating.reason", "discussion.notes")
    change = ChangeDraft(3, False, "weaker", seen.sentences[0], reason, story.anchors(), 0)
    change_rating(*story.here, CRITERIA[0], change, **story.at("clara"))
    criterion = list_sentences(standing)[1]
    words = [story.plant(f"gap.{name}", WHY) for name in ("seen", "missing", "activity")]
    gap = GapDraft(criterion.id, criterion.sentences[0][1], words[0], words[1], date(2027, 6, 30), words[2])
    add_gap(*story.here, gap, **story.at("clara"))


def decided(story: Story) -> None:
    """Decide "not yet", write the summary and the letter, and prepare the release."""
    rationale = story.plant_link("decision.rationale", WHY)
    story.fire("decide_not_yet", "clara", rationale=rationale)
    summary = story.plant_link("feedback.summary", "feedback.summary")
    save_summary(*story.here, summary, version=0, **story.at("hanna"))
    letter = draft_letter(*story.here, version=0, **story.at("hanna"))
    body = f"{letter.body}\n\n{story.plant_link('letter.body', WHY)}"
    version = save_letter(*story.here, body, version=letter.version, **story.at("hanna"))
    mark_ready(*story.here, version=version, **story.at("hanna"))
    prepare_release(story.session, story.scene.cycle_id, [story.case_id], **story.at("hanna"))


def appealed(story: Story) -> None:
    """Release the letter; the candidate appeals."""
    from review.models import Release

    batch = story.session.scalars(sa.select(Release.id)).one()
    approve_release(story.session, story.scene.cycle_id, batch, **story.at("hedi"))
    body = story.plant_link("appeal.body", "appeal.text")
    file_appeal(*story.here, "procedure", body, **story.at(story.track.candidate))


def growing(story: Story) -> None:
    """Dismiss the appeal and write a growth plan."""
    story.fire("dismiss_appeal", "petra", story.plant_link("appeal.reason", "appeal.text"))
    mentor, budget = (story.plant(f"growth.{name}", "growth_plan") for name in ("mentor", "budget"))
    plan = PlanDraft(mentor, budget)
    save_plan(*story.here, plan, version=0, **story.at(story.track.candidate))
    gap = story.session.scalars(sa.select(Gap.id).where(Gap.case_id == story.case_id)).one()
    activity, goal = (story.plant(f"growth.{name}", "growth_plan") for name in ("activity", "goal"))
    item = ItemDraft(activity, gap, goal, date(2027, 5, 1), 3, 2, 5)
    save_item(*story.here, None, item, version=0, **story.at(story.track.candidate))


def closed(story: Story) -> None:
    """Agree on the plan, which closes the case, and note a check-in."""
    for key in (story.track.manager, story.track.candidate):
        plan = story.session.scalars(sa.select(GrowthPlan).execution_options(populate_existing=True)).one()
        agree(*story.here, version=plan.version, **story.at(key))
    item = story.session.scalars(sa.select(GrowthItem.id)).one()
    words = story.plant_link("check_in.words", "growth_plan.check_ins")
    held = story.now.date()
    draft = CheckInDraft(held, {item: words}, held + timedelta(days=28))
    note_check_in(*story.here, None, draft, version=0, **story.at(story.track.candidate))
