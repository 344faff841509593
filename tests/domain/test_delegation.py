"""On whose behalf an act is done, and where a window stands on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from review.domain.access import SYSTEM, Actor, Role
from review.domain.delegation import Window, WindowState, acting_as

WINDOW = Window(1, 2, date(2026, 11, 16), date(2026, 11, 17))


@pytest.mark.parametrize(
    ("day", "state"),
    [(15, WindowState.LATER), (16, WindowState.OPEN), (17, WindowState.OPEN), (18, WindowState.OVER)],
)
def test_both_edge_days_count(day: int, state: WindowState) -> None:
    assert WINDOW.state(date(2026, 11, day)) is state


def test_an_ended_window_stays_ended() -> None:
    ended = Window(1, 2, WINDOW.from_on, WINDOW.until_on, datetime(2026, 11, 16, tzinfo=UTC))
    assert ended.state(date(2026, 11, 16)) is WindowState.ENDED


def test_windows_overlap_on_a_shared_day_of_the_same_two_people() -> None:
    assert WINDOW.overlaps(Window(1, 2, date(2026, 11, 17), date(2026, 11, 20)))
    assert not WINDOW.overlaps(Window(1, 2, date(2026, 11, 18), date(2026, 11, 20)))
    assert not WINDOW.overlaps(Window(1, 3, date(2026, 11, 16), date(2026, 11, 17)))
    assert not WINDOW.overlaps(Window(2, 1, date(2026, 11, 16), date(2026, 11, 17)))


def test_an_own_role_comes_before_a_lent_one() -> None:
    actor = Actor(1, roles=frozenset({"hr"}), delegators={5: frozenset({"hr"})})
    assert acting_as(actor, Role.HR) is actor


def test_a_lent_role_says_for_whom() -> None:
    actor = Actor(1, delegators={7: frozenset({"hr"}), 5: frozenset({"hr"}), 3: frozenset({"auditor"})})
    acting = acting_as(actor, Role.HR, Role.IT_ADMIN)
    assert acting is not None
    assert acting.on_behalf_of == 5


def test_roles_that_are_never_lent_are_not_held_for_others() -> None:
    actor = Actor(1, delegators={5: frozenset({"it_admin", "auditor", "appeals"})})
    assert [acting_as(actor, role) for role in (Role.IT_ADMIN, Role.AUDITOR, Role.APPEALS)] == [None, None, None]


def test_whoever_has_left_holds_nothing_and_the_system_everything() -> None:
    gone = Actor(1, roles=frozenset({"hr"}), delegators={5: frozenset({"hr"})}, is_active=False)
    assert acting_as(gone, Role.HR) is None
    assert acting_as(SYSTEM, Role.HR) is SYSTEM
