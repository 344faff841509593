"""Forms of the growth plan: who helps, and one activity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from wtforms import DateField, SelectField
from wtforms.validators import Optional

from review.domain.ladder import Activity
from review.domain.numbers import find_number
from review.forms.base import HouseForm, LineField, TextField, VersionedForm, WholeNumberField, _, choices
from review.queries.growth import ItemRow
from review.services.growth import ItemDraft, PlanDraft

RATED = ("skill", "experience", "interest")


class PlanForm(VersionedForm):
    """Who helps, and what may be spent on learning."""

    mentor = LineField(_("Mentor"))
    training_budget = LineField(_("Training budget"))
    pick = WholeNumberField(_("Mentor"), validators=[Optional()])

    def to_command(self) -> PlanDraft:
        """Return what was typed, or who was chosen by a press."""
        return PlanDraft(str(self.mentor.data or ""), str(self.training_budget.data or ""), self.pick.data)


class MentorSearchForm(HouseForm):
    """Words to look for a mentor by, in the address of the page."""

    q = LineField(_("Name, function or title"))


class ItemForm(VersionedForm):
    """One activity: from the ladder's list or in one's own words, self-rated, with a goal and a day."""

    gap = SelectField(_("The gap it answers"), validate_choice=False)
    activity = SelectField(_("Activity"), validate_choice=False)
    activity_free = LineField(_("Or in your own words"), longest=4_000)
    skill = SelectField(_("Skill today"), validate_choice=False)
    experience = SelectField(_("Experience so far"), validate_choice=False)
    interest = SelectField(_("Interest in it"), validate_choice=False)
    goal = TextField(_("Goal"), longest=4_000_000)
    due_on = DateField(_("By when"), validators=[Optional()])

    def offer(self, activities: Iterable[Activity], gaps: Iterable[tuple[int, str]]) -> None:
        """Set what can be chosen."""
        grouped: dict[str, Any] = {"": choices([("", gettext("Choose, or write your own below"))])}
        for each in activities:
            grouped.setdefault(each.group, []).extend(choices([(each.name, each.name)]))
        self.activity.choices = {name or gettext("Activities"): rows for name, rows in grouped.items()}
        self.gap.choices = choices([("", gettext("None: something else to grow in")), *gaps])
        steps = [("", gettext("not said")), ("1", gettext("1, little")), ("2", "2"), ("3", "3"), ("4", "4")]
        for field in (self.skill, self.experience, self.interest):
            field.choices = choices([*steps, ("5", gettext("5, much"))])

    def to_command(self) -> ItemDraft:
        """Return what was typed; own words win over the list."""
        return ItemDraft(
            activity=str(self.activity_free.data or self.activity.data or ""),
            gap_id=_number(self.gap.data),
            goal=str(self.goal.data or ""),
            due_on=self.due_on.data,
            skill=_number(self.skill.data),
            experience=_number(self.experience.data),
            interest=_number(self.interest.data),
        )


def item_data(item: ItemRow | None, listed: Iterable[str], gap_id: str) -> dict[str, Any]:
    """Return the form's data for an activity, or for a new one that answers a gap."""
    if item is None:
        return {"gap": gap_id}
    is_listed = item.activity in set(listed)
    return {
        "gap": str(item.gap_id or ""),
        "activity": item.activity if is_listed else "",
        "activity_free": "" if is_listed else item.activity,
        "goal": item.goal,
        "due_on": item.due_on,
        "version": item.version,
        **{name: str(getattr(item, name) or "") for name in RATED},
    }


def _number(value: object) -> int | None:
    return find_number(value)
