"""When mail goes out: what is urgent, quiet hours, and the morning at which all the rest goes in one mail."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from review.domain.schedule import Calendar
from review.domain.values import dataclass

DIGEST = "digest"
PROPOSAL_WAITS = "proposal_waits"
LEAVERS_HOLD = "leavers_hold"
SECOND_RATING = "notify_second_rater"
DIGESTED = frozenset(
    {
        "answer_request",
        "case_extended",
        "case_handed_over",
        "case_nudge",
        "case_taken_over",
        "check_in_due",
        "escalate_feedback",
        "escalate_gate",
        "escalate_packet",
        "escalate_plan",
        "feedback_cancelled",
        "feedback_declined",
        "feedback_moved",
        "feedback_nudge",
        "feedback_reminder",
        "leavers_hold",
        "notify_giver",
        "notify_parties",
        "notify_second_rater",
        "outside_cancelled",
        "outside_moved",
        "outside_reminder",
        "overdue",
        "packet_reminder",
        "plan_reminder",
        "plan_taken_over",
        "please_read",
        "proposal_agreed",
        "proposal_replaced",
        "proposal_returned",
        "proposal_waits",
    }
)
"""Mails that wait for the next working morning and go together. Every other mail is urgent and goes by itself:
a password, what is due today, the release of a letter, the link for somebody from outside, and any mail not named
here."""
ONE_A_DAY = frozenset({DIGEST, "outside_asked"})
"""Mails of which a reader who has had one today gets no digest before the next working morning."""
AT_ONCE = frozenset({"mail_test", "password_reset", "password_forgotten"})
"""Mails that somebody waits for at the screen: not even quiet hours hold them."""
MORNING = time(8)


@dataclass(frozen=True)
class MailHours:
    """When a person gets mail: their calendar, and the full hours between which nothing comes; both None for never."""

    calendar: Calendar
    quiet_from: int | None = None
    quiet_until: int | None = None

    def find_end_of_quiet(self, moment: datetime) -> datetime | None:
        """Return when the quiet hours end that a moment falls into, as UTC; None outside them."""
        start, end = self.quiet_from, self.quiet_until
        if start is None or end is None or start == end:
            return None
        here = moment.astimezone(self.calendar.zone)
        is_after, is_before = here.hour >= start, here.hour < end
        if not (is_after and is_before if start < end else is_after or is_before):
            return None
        day = here.date() + timedelta(days=not is_before)
        return datetime.combine(day, time(end), self.calendar.zone).astimezone(UTC)

    def find_end_of_days_off(self, moment: datetime) -> datetime | None:
        """Return the next working morning, as UTC, for a moment on a day off; None on a working day."""
        day = self.calendar.day_of(moment)
        if self.calendar.is_working_day(day):
            return None
        return self._morning_of(self.calendar.add_working_days(day, 1))

    def find_morning(self, now: datetime) -> datetime | None:
        """Return the working morning that a working day has had by now, as UTC; None before it and on a day off.

        None too while the hours are quiet. They put a morning off to their end, which may be on the next day; one that
        would so fall on a day off is left out.
        """
        today = self.calendar.day_of(now)
        if not self.calendar.is_working_day(today) or self.find_end_of_quiet(now) is not None:
            return None
        for day in (today, today - timedelta(days=1)):
            morning = self._morning_of(day)
            morning = self.find_end_of_quiet(morning) or morning
            if self.calendar.is_working_day(day) and self.calendar.day_of(morning) == today and morning <= now:
                return morning
        return None

    def _morning_of(self, day: date) -> datetime:
        return datetime.combine(day, MORNING, self.calendar.zone).astimezone(UTC)
