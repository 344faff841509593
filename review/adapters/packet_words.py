"""The words that the system itself says in a packet, in the language of the installation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from review.domain.packet import CaseKind, CellKind, GiverKind, Person, RatingKind, UnansweredKind
from review.domain.packet_view import View
from review.domain.values import dataclass


@dataclass(frozen=True)
class ScaleWord:
    """A point of the rating scale: its word, what it means, and its short word for charts."""

    value: int
    word: str
    meaning: str
    short: str


@dataclass(frozen=True)
class PacketWords:
    """Sentences by vocabulary; made once for a language."""

    language: str
    gettext: Callable[[str], str]

    def scale(self) -> tuple[ScaleWord, ...]:
        """Return the five points of the rating scale."""
        _ = self.gettext
        return (
            ScaleWord(1, _("Below current level"), _("Not yet what the current level asks"), _("Below")),
            ScaleWord(
                2, _("At current level"), _("Does the current level well; the target is not shown"), _("Current")
            ),
            ScaleWord(3, _("Partly at target level"), _("Some of the target is shown, or once only"), _("Partly")),
            ScaleWord(4, _("At target level"), _("All of the target, more than once"), _("Target")),
            ScaleWord(5, _("Beyond target level"), _("Shows parts of the level after it"), _("Beyond")),
        )

    def value(self, value: int | None) -> str:
        """Return the word for a rating."""
        return self.gettext("Cannot tell") if value is None else self.scale()[value - 1].word

    def answers(self) -> tuple[str, ...]:
        """Return what a committee can answer to a case as a whole."""
        _ = self.gettext
        return (_("Promote"), _("Not yet"), _("Defer"))

    def kind(self, kind: CaseKind) -> str:
        """Return what the case asks for."""
        _ = self.gettext
        return {
            CaseKind.PROMOTION: _("Promotion"),
            CaseKind.TRACK_CHANGE: _("Track change at the same grade"),
            CaseKind.ENTRY: _("Entry into the ladder"),
        }[kind]

    def rating(self, kind: RatingKind) -> str:
        """Return the name of a round of ratings."""
        _ = self.gettext
        return {
            RatingKind.FINAL: _("Manager’s rating"),
            RatingKind.FIRST_VIEW: _("First view"),
            RatingKind.SECOND: _("Second rating"),
        }[kind]

    def signed(self, rater: Person, other: Person | None) -> str:
        """Return who made a rating, and for whom."""
        if other is None:
            return rater.name
        return self.gettext("%(name)s for %(other)s") % {"name": rater.name, "other": other.name}

    def cell(self, kind: CellKind) -> str:
        """Return what to say where the ladder holds no text."""
        _ = self.gettext
        return {
            CellKind.STATED: "",
            CellKind.NOT_DEFINED: _("The ladder says that this is not defined at this level."),
            CellKind.BLANK: _("The ladder leaves this empty at this level."),
            CellKind.ABSENT: _("The ladder does not speak of this at this level."),
        }[kind]

    def at_least(self, op: str) -> str:
        """Return a comparison in words; an unknown one as it is."""
        _ = self.gettext
        words = {">=": _("at least"), "<=": _("at most"), ">": _("more than"), "<": _("less than"), "==": ""}
        return words.get(op, op)

    def giver(self, kind: GiverKind) -> str:
        """Return how a giver stands to the candidate; nothing to say of a colleague."""
        _ = self.gettext
        return {
            GiverKind.PEER: "",
            GiverKind.UPWARD: _("reports to the candidate"),
            GiverKind.EXTERNAL: _("outside the company"),
        }[kind]

    def unsigned(self, *, others_are_named: bool) -> str:
        """Return what stands for the name of an answer without one: among named ones, only direct reports have none."""
        return self.gettext("A direct report, without a name") if others_are_named else self.gettext("Without a name")

    def readers(self, view: str) -> str:
        """Return who may read a view."""
        _ = self.gettext
        return {
            View.COMMITTEE: _("Committee members without a conflict, the chair"),
            View.HR: _("HR partners who are not involved"),
            View.MANAGER: _("The candidate’s manager"),
            View.CANDIDATE: _("The candidate"),
            View.EXECUTIVE: _("The executive who signs off"),
            View.SKIP_LEVEL: _("The manager’s manager"),
            View.APPEALS: _("The appeals panel, while the appeal is open"),
        }[View(view)]

    def copy(self, view: str) -> str:
        """Return the name of a view's copies."""
        _ = self.gettext
        return {
            View.COMMITTEE: _("Committee’s copy"),
            View.HR: _("HR’s copy"),
            View.MANAGER: _("Manager’s copy"),
            View.CANDIDATE: _("Candidate’s copy"),
            View.EXECUTIVE: _("Executive’s copy"),
            View.SKIP_LEVEL: _("Copy for the manager’s manager"),
            View.APPEALS: _("Appeals panel’s copy"),
        }[View(view)]

    def unanswered(self, kind: UnansweredKind) -> str:
        """Return what was asked and is not there; what it is about follows."""
        _ = self.gettext
        return {
            UnansweredKind.SELF_REVIEW: _("No self-review was written on"),
            UnansweredKind.EVIDENCE: _("No evidence is tagged with"),
            UnansweredKind.FEEDBACK: _("Feedback was asked for and has not come from"),
            UnansweredKind.FIRST_VIEW: _("There is no first view of"),
            UnansweredKind.RATING: _("There is no rating of"),
            UnansweredKind.SECOND_RATING: _("There is no second rating of"),
            UnansweredKind.GAP: _("Nothing in this packet points to the gap"),
        }[kind]

    def day(self, day: date) -> str:
        """Return a day in words."""
        return str(format_date(day, "long", locale=self.locale))

    def moment(self, moment: datetime, zone: str) -> str:
        """Return a moment in words, as it was in a time zone, which is named."""
        local = moment.astimezone(ZoneInfo(zone))
        return f"{self.day(local)}, {format_time(local, 'HH:mm z', tzinfo=ZoneInfo(zone), locale=self.locale)}"

    @property
    def locale(self) -> str:
        """Return the name by which days and times are written."""
        return "en_GB" if self.language == "en" else self.language.replace("-", "_")


def words_for(language: str, translations: NullTranslations) -> PacketWords:
    """Return the words in a language."""
    return PacketWords(language, translations.gettext)
