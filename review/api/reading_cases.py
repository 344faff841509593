"""Reading cases and decisions: the rows and the words that the owner of the token finds on the pages."""

from __future__ import annotations

from review.api.callers import Call
from review.api.problems import say
from review.api.reading import make_page
from review.api.room import operations
from review.api.shapes import CaseRow, CasesAsked, CaseWhole, DecisionRow, Page, PageAsked
from review.domain.api_scope import Scope
from review.domain.errors import NotFound
from review.queries.api_lists import CaseSlice, ListedCase, ListedDecision, list_cases_after, list_decisions_after
from review.queries.case_page import load_case_page
from review.queries.cycles import load_cycle
from review.queries.standing import load_standing


@operations.get("/cycles/<int:cycle_id>/cases", Scope.READ_CASES, query=CasesAsked, answer=Page[CaseRow])
def list_cases(call: Call, cycle_id: int, asked: CasesAsked) -> Page[CaseRow]:
    """List the cases of a cycle, narrowed, by number; for HR, without cases that the owner has a part in."""
    load_cycle(call.session, cycle_id, call.actor)
    wanted = CaseSlice(asked.words, asked.stage, asked.committee, asked.late)
    rows = list_cases_after(
        call.session, cycle_id, call.actor, wanted, after=asked.after, limit=asked.limit + 1, now=call.now
    )
    return make_page(call, rows, asked, lambda row: row.id, tell_case)


@operations.get("/cases/<int:case_id>", Scope.READ_CASES, answer=CaseWhole)
def show_case(call: Call, case_id: int) -> CaseWhole:
    """Tell where a case stands, whose turn it is and until when."""
    standing = load_standing(call.session, case_id, call.actor, now=call.now)
    if not standing.may_read("case.stage"):
        raise NotFound
    page, case = load_case_page(call.session, standing, now=call.now), standing.case
    return CaseWhole(
        id=case.id,
        code=case.code,
        cycle_id=case.cycle_id,
        candidate_id=case.candidate_id,
        candidate=standing.candidate.name,
        kind=case.kind,
        from_level=case.from_level_id,
        to_level=case.to_level_id,
        stage_title=say(page.stage_title),
        holders=list(page.held_by),
        due=page.due_on,
        told=page.told_on,
        dates=page.dates,
        url=f"{call.public_url}/cases/{case.id}",
    )


@operations.get("/cycles/<int:cycle_id>/decisions", Scope.READ_DECISIONS, query=PageAsked, answer=Page[DecisionRow])
def list_decisions(call: Call, cycle_id: int, asked: PageAsked) -> Page[DecisionRow]:
    """List what was decided in a cycle, once it is announced; for HR, without cases that the owner has a part in."""
    load_cycle(call.session, cycle_id, call.actor)
    rows = list_decisions_after(call.session, cycle_id, call.actor, after=asked.after, limit=asked.limit + 1)
    return make_page(call, rows, asked, lambda row: row.case_id, _tell_decision)


def tell_case(row: ListedCase) -> CaseRow:
    """Return a case as a row of a list."""
    return CaseRow(
        id=row.id,
        code=row.code,
        candidate_id=row.candidate_id,
        candidate=row.candidate,
        function=row.function,
        kind=row.kind,
        from_level=row.from_level_id,
        to_level=row.to_level_id,
        stage=row.state,
        stage_title=row.state_title,
        entered=row.entered_at,
        due=row.due_at,
        is_late=row.is_late,
        committee_id=row.committee_id,
    )


def _tell_decision(row: ListedDecision) -> DecisionRow:
    return DecisionRow.model_validate(
        {
            "case_id": row.case_id,
            "code": row.code,
            "candidate_id": row.candidate_id,
            "external_id": row.external_id,
            "from_level": row.from_level_id,
            "to_level": row.to_level_id,
            "outcome": row.outcome,
            "decided": row.decided_at,
        }
    )
