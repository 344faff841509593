"""What a chair sends in: reasons of the decision, gaps, and answers to earlier gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wtforms import DateField, RadioField, SelectField
from wtforms.validators import Optional

from review.domain.gaps import AnswerDraft, GapDraft
from review.forms.base import TextField, VersionedForm, _, choices
from review.queries.decisions import CriterionSentences

LONGEST_SENT = 4_000_000


class DecisionForm(VersionedForm):
    """What is decided, and why."""

    action = RadioField(_("What does the committee decide?"), validate_choice=False)
    rationale = TextField(_("Reasons, in words that can go into the letter"), longest=LONGEST_SENT)


class GapForm(VersionedForm):
    """A gap: a sentence of the ladder, what was seen, what is missing, and when it is looked at again."""

    sentence = SelectField(_("What the ladder asks"), validate_choice=False)
    seen = TextField(_("What was seen"), longest=LONGEST_SENT)
    missing = TextField(_("What is missing"), longest=LONGEST_SENT)
    review_on = DateField(_("Looked at again on"), validators=[Optional()])
    activity = TextField(_("What could help"), longest=LONGEST_SENT)

    def offer(self, criteria: Iterable[CriterionSentences]) -> None:
        """Offer the sentences of the target level, criterion by criterion."""
        groups = {each.name: choices(each.sentences) for each in criteria}
        self.sentence.choices = groups

    def to_command(self, criteria: Iterable[CriterionSentences]) -> GapDraft:
        """Return the gap that was typed, with the words of the chosen sentence."""
        key = str(self.sentence.data or "")
        words: Mapping[str, str] = {one: said for each in criteria for one, said in each.sentences}
        return GapDraft(
            criterion_id=key.partition("/")[0],
            sentence=words.get(key, ""),
            seen=str(self.seen.data or ""),
            missing=str(self.missing.data or ""),
            review_on=self.review_on.data,
            activity=str(self.activity.data or ""),
        )


class GapAnswerForm(VersionedForm):
    """Whether an earlier gap is met, and what shows it."""

    is_met = RadioField(
        _("Is it met?"), choices=choices((("yes", _("Met")), ("no", _("Not met")))), validate_choice=False
    )
    anchor = SelectField(_("What shows it"), validate_choice=False)
    reason = TextField(_("In one sentence"), longest=LONGEST_SENT)

    def to_command(self) -> AnswerDraft:
        """Return the answer that was typed."""
        is_met = {"yes": True, "no": False}.get(str(self.is_met.data or ""))
        return AnswerDraft(is_met, str(self.anchor.data or ""), str(self.reason.data or ""))
