"""How alike those who judged the same case saw it: votes before anybody knew of another's, and feedback."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from review.domain.calibration import SCALE
from review.domain.insight.facts import Counts, Facts, VoteFact
from review.domain.insight.sheet import RANGE, Line, Section, Table, Told, Words, tell_estimate, tell_figure
from review.domain.statistics.agreement import (
    coincidences,
    estimate_alpha,
    estimate_mean_agreement,
    estimate_pairs,
    gwet_ac1,
)
from review.domain.statistics.figure import (
    FEWEST_FOR_WORDS,
    FEWEST_UNITS,
    Estimate,
    Figure,
    Kind,
    too_few,
    withhold,
)
from review.domain.text import Text, text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RELIABLE, TENTATIVE = 0.8, 0.667
"""From where on Krippendorff (Content Analysis, 2004, section 11.4) relies on data, or draws careful conclusions."""
NEARLY_ALL = 0.9
CASES = text("cases")
LEAD = text("If different colleagues had judged, how similar would the picture be: 1 identical, 0 like drawing lots.")
NARROW = text(
    "Whoever is nominated is good already, so the cases are a narrow range, and each of these numbers is lower for it."
)
WHOLE_CASES = text(
    "n counts cases; intervals leave out or draw whole cases, as the criteria of one are not independent."
)
HEADER = (text("Committee"), text("Cases"), text("Agreement"), RANGE, text("Pairs alike"), text("Why not"))


def tell_agreement(facts: Facts) -> Section:
    """Return the section on agreement: of all votes, of each session's, and of feedback."""
    figures = (*_of_votes(facts), *_nearly_unanimous(facts), *_of_feedback(facts))
    return Section(
        "agreement",
        text("Agreement"),
        LEAD,
        tuple(tell_figure(each, facts.least) for each in figures),
        (_by_session(facts),),
        (NARROW, WHOLE_CASES),
    )


def _of_votes(facts: Facts) -> tuple[Figure, Figure]:
    alpha, pairs = judge_votes(facts.votes)
    return (
        Figure(
            text("Votes, before the reveal"),
            text("How alike members rated the same criterion of the same case while none knew of another's vote."),
            alpha,
            Kind.NUMBER,
            CASES,
            _word(alpha),
        ),
        Figure(
            text("Pairs of votes that are equal"),
            text("Of two members' votes on one criterion of a case, how often both gave the same rating."),
            pairs,
            Kind.SHARE,
            CASES,
        ),
    )


def _of_feedback(facts: Facts) -> tuple[Figure, Figure]:
    answered = [(case_id, counts) for case_id, counts in facts.answer_counts if sum(counts)]
    return (
        Figure(
            text("Ratings in feedback"),
            text("How alike colleagues rated the same criterion of the same person; they saw different work."),
            alpha_of_lines(answered),
            Kind.NUMBER,
            CASES,
        ),
        Figure(
            text("Feedback as a whole"),
            text("How much the mean of all colleagues of a person would be the same, had as many others been asked."),
            _means(facts),
            Kind.NUMBER,
            CASES,
        ),
    )


def tell_session(facts: Facts) -> Told | None:
    """Return the agreement of one session's votes for who led it; None before any of its cases is announced."""
    if not facts.votes:
        return None
    alpha, _ = judge_votes(facts.votes)
    figure = Figure(text("Agreement of the votes"), LEAD, alpha, Kind.NUMBER, CASES, _word(alpha))
    return tell_figure(figure, facts.least)


def judge_votes(votes: Sequence[VoteFact]) -> tuple[Estimate, Estimate]:
    """Return alpha of the first votes and the share of equal pairs, both over whole cases."""
    lines = [(vote.case_id, vote.first) for vote in votes]
    counts, places = _table(lines)
    return alpha_of_lines(lines), estimate_pairs(counts, places) if places else withhold(0, too_few(0))


def alpha_of_lines(lines: Sequence[tuple[int, Counts]]) -> Estimate:
    """Return ordinal alpha of counts of values, a row for each criterion of a case; the unit is the case."""
    import numpy as np

    counts, places = _table(lines)
    if not places:
        return withhold(0, too_few(0))
    parts = np.zeros((max(places) + 1, counts.shape[1] ** 2))
    np.add.at(parts, np.array(places), coincidences(counts))
    return estimate_alpha(parts, SCALE)


def _table(lines: Sequence[tuple[int, Counts]]) -> tuple[NDArray[np.float64], list[int]]:
    """Return the counts, and for each row the place of its case."""
    import numpy as np

    places: dict[int, int] = {}
    where = [places.setdefault(case_id, len(places)) for case_id, _ in lines]
    return np.array([counts for _, counts in lines], dtype=np.float64).reshape(-1, len(SCALE)), where


def _word(estimate: Estimate) -> Text | None:
    if estimate.value is None or (estimate.n or 0) < FEWEST_FOR_WORDS:
        return None
    if estimate.value >= RELIABLE:
        return text("Alike enough to rely on")
    if estimate.value >= TENTATIVE:
        return text("Alike enough for careful conclusions")
    return text("Too different to conclude anything from a single vote")


def _nearly_unanimous(facts: Facts) -> Iterable[Figure]:
    """Give Gwet's AC1 of the answers yes and not, where nearly all are the same: alpha falls there for no reason."""
    import numpy as np

    counts = np.array([(each[0], sum(each[1:])) for each in facts.ballots.values() if sum(each) > 1], dtype=np.float64)
    if len(counts) < FEWEST_UNITS or counts.sum(axis=0).max() < NEARLY_ALL * counts.sum():
        return
    yield Figure(
        text("Promote or not, nearly unanimous"),
        text(
            "Gwet's AC1, shown because nearly all votes are the same: other coefficients fall there without a reason."
        ),
        Estimate(len(counts), gwet_ac1(counts)),
        Kind.NUMBER,
        CASES,
    )


def _means(facts: Facts) -> Estimate:
    given: dict[int, list[float]] = defaultdict(list)
    for answer in facts.answers:
        if answer.lines:
            given[answer.case_id].append(answer.total / answer.lines)
    return estimate_mean_agreement(list(given.values()))


def _by_session(facts: Facts) -> Table:
    committees = {case.id: case.committee for case in facts.cases if case.committee}
    votes: dict[str, list[VoteFact]] = defaultdict(list)
    for vote in facts.votes:
        if vote.case_id in committees:
            votes[committees[vote.case_id]].append(vote)
    lines = tuple(_session_line(name, votes[name], facts.least) for name in sorted(votes))
    return Table("sessions", text("Votes by session"), HEADER, lines)


def _session_line(name: str, votes: Sequence[VoteFact], least: int) -> Line:
    alpha, pairs = judge_votes(votes)
    n, value, interval, why = tell_estimate(alpha, Kind.NUMBER, least)
    _, alike, _, _ = tell_estimate(pairs, Kind.SHARE, least)
    cells: tuple[Words, ...] = (n, value, interval, alike, why)
    return Line(name, cells)
