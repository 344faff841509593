"""What a reader sees of an answer: never more than the giver was promised, and all of it when the time has come."""

from __future__ import annotations

from itertools import product

import pytest

from review.domain.access import Role
from review.domain.feedback_sight import SHOWN, Answer, Sight, Switches, may_see_any, read_switches, see, sign
from review.domain.giver_contract import ROLES, Reader, Terms, most_seen, promise
from review.domain.phase import Phase

LOCKED = "first_view_locked"
CONDITIONS = [frozenset(each) for each in ((), (LOCKED,), (SHOWN,), (LOCKED, SHOWN))]
SWITCHES = [Switches(words, names) for words, names in product((False, True), repeat=2)]
KINDS = [("peer", False), ("peer", True), ("upward", False)]
READS = {Role.CANDIDATE, Role.MANAGER, Role.HR, Role.MEMBER, Role.CHAIR, Role.EXECUTIVE, Role.APPEALS}


@pytest.mark.parametrize("switches", SWITCHES)
@pytest.mark.parametrize(("kind", "is_hidden"), KINDS)
@pytest.mark.parametrize("reader", list(Reader))
def test_nobody_ever_sees_more_than_was_promised_and_once_exactly_that(reader, kind, is_hidden, switches):
    most = most_seen(reader, Terms("Ben", kind, is_hidden, switches, needs_sign_off=True))
    seen = {
        see(Answer(kind, is_hidden, heard, *flags), switches, (ROLES[reader],), phase, conditions)
        for heard, phase, conditions in product((1, 2, 3, 9), Phase, CONDITIONS)
        for flags in product((False, True), repeat=2)
    }
    assert most in seen
    for one in seen:
        assert (one.words <= most.words, one.name <= most.name, one.kind <= most.kind) == (True, True, True)
        assert one.name <= one.words


@pytest.mark.parametrize("switches", SWITCHES)
@pytest.mark.parametrize("role", [each for each in Role if each not in READS])
def test_nobody_else_sees_anything(role, switches):
    for phase, conditions in product(Phase, CONDITIONS):
        assert see(Answer("peer", False, 9), switches, (role,), phase, conditions) == Sight()
        assert not may_see_any(switches, (role,), phase, conditions)


def test_each_switch_opens_what_it_says_and_nothing_else():
    def promised(words: bool, names: bool, kind: str = "peer", is_hidden: bool = False) -> dict[str, tuple[bool, bool]]:
        terms = Terms("Ben", kind, is_hidden, Switches(words, names), needs_sign_off=True)
        return {str(each.reader): (each.sees_words, each.sight.name) for each in promise(terms)}

    plain = {
        "manager": (True, False),
        "hr": (True, True),
        "committee": (True, True),
        "executive": (True, False),
        "candidate": (False, False),
    }
    assert promised(False, False) == plain
    assert promised(True, False) == plain | {"candidate": (True, False)}
    assert promised(False, True) == plain | {"manager": (True, True)}
    assert promised(False, True, is_hidden=True) == plain
    unnamed = {"manager": (True, False), "hr": (True, False), "committee": (True, False)}
    assert promised(True, True, kind="upward") == plain | unnamed | {"candidate": (True, False)}


def test_who_reads_without_names_reads_the_set_and_who_reads_names_each_answer_as_it_comes():
    def sees(role: Role, switches: Switches, phase: Phase, *, in_set: bool, hidden: bool = False) -> tuple[bool, bool]:
        sight = see(Answer("peer", hidden, 9, in_set), switches, (role,), phase, frozenset({LOCKED}))
        return (sight.words, sight.name)

    off, named = Switches(candidate_reads_words=True), Switches(manager_reads_names=True)
    for phase in (Phase.COLLECTING, Phase.SEALED, Phase.ANNOUNCED):
        assert sees(Role.MANAGER, off, phase, in_set=True) == (True, False)
        assert sees(Role.MANAGER, off, phase, in_set=False) == (False, False)
        assert sees(Role.MANAGER, named, phase, in_set=False) == (True, True)
        assert sees(Role.MANAGER, named, phase, in_set=False, hidden=True) == (False, False)
        assert sees(Role.HR, off, phase, in_set=False) == (True, True)
    assert sees(Role.MEMBER, off, Phase.SEALED, in_set=False) == (True, True)
    for role in (Role.CANDIDATE, Role.EXECUTIVE):
        assert sees(role, off, Phase.ANNOUNCED, in_set=True) == (True, False)
        assert sees(role, off, Phase.ANNOUNCED, in_set=False) == (False, False)


def test_the_page_of_a_reader_without_names_opens_with_the_first_set():
    def opens(role: Role, phase: Phase, *conditions: str) -> bool:
        return may_see_any(Switches(), (role,), phase, frozenset(conditions))

    assert not opens(Role.MANAGER, Phase.COLLECTING, LOCKED)
    assert not opens(Role.MANAGER, Phase.COLLECTING, SHOWN)
    assert opens(Role.MANAGER, Phase.COLLECTING, LOCKED, SHOWN)
    assert opens(Role.MANAGER, Phase.SEALED, LOCKED)
    assert opens(Role.HR, Phase.COLLECTING)


@pytest.mark.parametrize("role", list(Role))
def test_an_answer_that_waits_for_its_mirror_is_read_by_nobody(role):
    for switches, phase, conditions in product(SWITCHES, Phase, CONDITIONS):
        assert see(Answer("peer", False, 9, True, True), switches, (role,), phase, conditions) == Sight()


@pytest.mark.parametrize(("heard", "floor", "words"), [(2, 3, False), (3, 3, True), (3, 4, False), (4, 4, True)])
def test_below_the_floor_the_candidate_and_readers_of_direct_reports_see_nothing(heard, floor, words):
    switches = Switches(candidate_reads_words=True, floor=floor)
    assert see(Answer("peer", False, heard), switches, (Role.CANDIDATE,), Phase.ANNOUNCED).words is words
    for role in (Role.CANDIDATE, Role.HR, Role.MEMBER, Role.EXECUTIVE, Role.APPEALS):
        assert see(Answer("upward", False, heard), switches, (role,), Phase.ANNOUNCED).words is words


@pytest.mark.parametrize("phase", list(Phase))
def test_the_candidate_reads_nothing_before_the_announcement(phase):
    sight = see(Answer("peer", False, 9), Switches(candidate_reads_words=True), (Role.CANDIDATE,), phase)
    assert sight.words is (phase in (Phase.ANNOUNCED, Phase.CLOSED))


def test_a_line_under_an_answer_has_a_name_or_none_and_never_a_day():
    about = {"kind": "upward", "name": "Erin", "function": "Data"}
    lines = [str(sign(sight, **about)) for sight in (Sight(True, True, True), Sight(True, False, True), Sight(True))]
    assert lines == [
        "Erin, Data",
        "A direct report, without a name",
        "Without a name; the order is mixed",
    ]


def test_a_policy_without_switches_has_them_off_and_a_floor_is_never_below_three():
    assert read_switches({}) == Switches(False, False, 3)
    assert read_switches({"thresholds": {"n3": 1}}) == Switches(False, False, 3)
    anonymity = {"candidate_sees_feedback": "verbatim", "manager_sees_authors": True}
    assert read_switches({"anonymity": anonymity, "thresholds": {"n3": 5}}) == Switches(True, True, 5)
