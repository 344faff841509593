"""The forms of setting up a cycle, one a step; each reads what a plan says and returns the plan that was typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from wtforms import BooleanField, DateField, Field, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from review.domain.conflicts import ConflictLevel
from review.domain.date_rules import FIXED, MOST, NAMES, OPENING, WAYS, DateRule, propose
from review.domain.eligibility_rules import MOST_MONTHS, Rules
from review.domain.house_policy import CONFLICT, CONFLICT_WORDS, SETTINGS, VALUES, write_settings
from review.domain.numbers import whole_number
from review.domain.policy import SEATS, SWITCHES
from review.forms.base import LineField, TextField, VersionedForm, WholeNumberField, _, choices
from review.services.cycles import CyclePlan
from review.services.cycles_eligibility import MAX_WHY

CHOOSE_DAY = _("Choose a day")
NAME_WORDS = {name: _(words.one) for name, words in NAMES.items()}
WAY_WORDS = {FIXED: _("on the day"), **{way: _(each.title.one) for way, each in WAYS.items()}}
PARTS = ("way", "count", "other", "day")


class BoxesField(SelectMultipleField):
    """Several of a list, as boxes; what is not in the list is left to the service to refuse."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
    validate_choice = False

    def pre_validate(self, form: Any) -> None:
        """Accept any value: the service knows what is there."""

    def chosen(self) -> tuple[str, ...]:
        """Return what is ticked; one line with commas counts as several."""
        return tuple(dict.fromkeys(part.strip() for value in self.data or () for part in str(value).split(",") if part))


def _number(label: str, least: int, most: int, **more: Any) -> WholeNumberField:
    message = _("A whole number from %(min)s to %(max)s, please")
    return WholeNumberField(label, validators=[InputRequired(message), NumberRange(least, most, message)], **more)


class BasicsForm(VersionedForm):
    """What a cycle is called, where it is, and what it pins; workflows by track come as plain fields beside it."""

    name = LineField(_("Name"), longest=120, is_required=True)
    code = LineField(_("Short code"), longest=20, is_required=True, description=_("Stands in every case's number"))
    zone = LineField(_("Time zone"), longest=60, is_required=True, description=_("A name like Europe/Berlin"))
    country = LineField(_("Country"), longest=2, description=_("Two letters; its public holidays are no working days"))
    ladder = SelectField(_("Ladder"), coerce=whole_number, validators=[InputRequired()])

    def to_plan(self, plan: CyclePlan, workflows: Mapping[str, int]) -> CyclePlan:
        """Return a plan with what was typed."""
        return replace(
            plan,
            code=str(self.code.data),
            name=str(self.name.data),
            zone=str(self.zone.data),
            country=str(self.country.data).upper() or None,
            ladder_version_id=int(self.ladder.data),
            workflows=workflows,
        )


class NewCycleForm(BasicsForm):
    """The same for a new cycle, with the day from which its dates are proposed."""

    opening = DateField(_("Opens on"), validators=[InputRequired(CHOOSE_DAY)])

    def to_new_plan(self, workflows: Mapping[str, int], policy: Mapping[str, Any]) -> CyclePlan:
        """Return the plan of a new cycle, its dates proposed by rule."""
        day: date | None = self.opening.data
        if day is None:
            raise ValueError("the form has been validated: the day is there")
        empty = CyclePlan("", "", "", None, 0, {}, {}, (), policy, date_rules=propose(day))
        return self.to_plan(empty, workflows)


class CloneForm(VersionedForm):
    """A new cycle like an earlier one."""

    source = SelectField(_("Like"), coerce=whole_number, validators=[InputRequired()])
    name = LineField(_("Name of the new cycle"), longest=120, is_required=True, id="clone-name")
    code = LineField(_("Its short code"), longest=20, is_required=True, id="clone-code")
    opening = DateField(_("It opens on"), validators=[InputRequired(CHOOSE_DAY)], id="clone-opening")


class CalendarForm(VersionedForm):
    """The dates of a cycle, each fixed or by rule; its fields are those of the dates that the cycle has."""

    def names(self) -> tuple[str, ...]:
        """Return the dates in the form."""
        return tuple(field.name.removesuffix("-day") for field in self if field.name.endswith("-day"))

    def to_plan(self, plan: CyclePlan) -> CyclePlan:
        """Return a plan with the rules that were typed."""
        return replace(plan, date_rules={name: self._rule(name) for name in self.names()})

    def _rule(self, name: str) -> DateRule:
        if name == OPENING or self[f"{name}-way"].data == FIXED:
            return DateRule(day=self[f"{name}-day"].data)
        return DateRule(
            str(self[f"{name}-way"].data), int(self[f"{name}-count"].data or 0), str(self[f"{name}-other"].data)
        )


def calendar_form(names: Iterable[str]) -> type[CalendarForm]:
    """Return the form for these dates; the opening is a fixed day."""
    known = tuple(names)
    fields: dict[str, object] = {}
    for name in known:
        words = NAME_WORDS.get(name, name)
        fields |= {f"{name}-day": DateField(words, validators=[Optional()])}
        if name == OPENING:
            continue
        others = ((each, NAME_WORDS.get(each, each)) for each in known if each != name)
        fields |= {
            f"{name}-way": SelectField(words, choices=choices(WAY_WORDS.items()), default=FIXED),
            f"{name}-count": WholeNumberField(words, validators=[Optional(), NumberRange(0, MOST)]),
            f"{name}-other": SelectField(words, choices=choices(others)),
        }
    return type("CalendarForm", (CalendarForm,), fields)


def calendar_data(rules: Mapping[str, DateRule]) -> dict[str, object]:
    """Return rules as the form shows them."""
    data: dict[str, object] = {}
    for name, rule in rules.items():
        data |= {f"{name}-way": rule.way, f"{name}-count": rule.count, f"{name}-day": rule.day}
        if rule.other:
            data[f"{name}-other"] = rule.other
    return data


class PolicyForm(VersionedForm):
    """A form some of whose fields are settings of the policy, under the names that it has there."""

    def settings(self) -> dict[str, object]:
        """Return the settings that were typed, by their names."""
        return {field.name: field.data for field in self if field.name in SETTINGS}

    def with_policy(self, plan: CyclePlan) -> CyclePlan:
        """Return a plan with the settings that were typed."""
        return replace(plan, policy=write_settings(plan.policy, self.settings()))


class EligibilityForm(PolicyForm):
    """Who may be a candidate, beside what the ladder says."""

    min_months = _number(
        _("Months in the present level, at least"), 0, MOST_MONTHS,
        description=_("0: as the ladder says. What the ladder asks for holds in any case"),
    )  # fmt: skip
    months_between_cases = _number(_("Months after a “not yet”, at least"), 0, 50)
    levels = BoxesField(_("Only from these levels"), description=_("None ticked: from every level"))
    tracks = BoxesField(_("Only on these tracks"), description=_("None ticked: on every track"))
    only_functions = BoxesField(_("Only in these functions"), description=_("None ticked: in every function"))

    def to_plan(self, plan: CyclePlan) -> CyclePlan:
        """Return a plan with what was typed."""
        boxes = (self.levels.chosen(), self.tracks.chosen(), self.only_functions.chosen())
        return replace(self.with_policy(plan), eligibility=Rules(int(self.min_months.data or 0), *boxes))


class RulingForm(VersionedForm):
    """Somebody whom HR lets in or leaves out by hand, and why."""

    person = LineField(_("Who"), is_required=True, description=_("Name or e-mail"))
    ruling = SelectField(_("What"), choices=choices((("in", _("Let in")), ("out", _("Leave out")))), default="out")
    why = TextField(_("Why"), longest=MAX_WHY, is_required=True)


class LoadForm(PolicyForm):
    """How much is asked of one giver."""

    minutes_a_request = _number(_("One request takes, in minutes"), 1, 600)
    nearly_full_above = _number(_("Somebody is nearly full above"), 1, 600)
    full_above = _number(
        _("Somebody is full above"), 1, 600, description=_("Asked all the same only with a tick by whoever asks")
    )


class FeedbackForm(LoadForm):
    """Which functions are to be heard, and how much is asked of one giver."""

    functions = BoxesField(_("Functions to be heard"), description=_("None ticked: any functions count"))

    def to_plan(self, plan: CyclePlan) -> CyclePlan:
        """Return a plan with what was typed."""
        return replace(self.with_policy(plan), required_functions=self.functions.chosen())


class RulesForm(PolicyForm):
    """The switches: who reads what."""

    candidate_sees_feedback = SelectField(
        _("The candidate reads of the feedback"),
        choices=choices(
            (("summary", _("a summary that HR writes")), ("verbatim", _("the words themselves, without names")))
        ),
    )
    manager_sees_authors = BooleanField(_("The manager reads who wrote what"))
    candidate_sees_final_rating = BooleanField(_("The candidate reads the manager’s final rating"))
    n3 = _number(_("Answers that are read together, at least"), 3, 50)
    n5 = _number(_("People in a group before a figure of it is shown"), 5, 50)

    def to_plan(self, plan: CyclePlan) -> CyclePlan:
        """Return a plan with what was typed."""
        return self.with_policy(plan)


class BallotForm(PolicyForm):
    """How committees decide."""

    quorum = _number(_("Quorum"), 3, 50, description=_("Votes that must count; no committee may be smaller"))
    majority_above_percent = _number(_("Decided by more than so many percent of the votes"), 50, 99)
    discuss_from_spread = _number(_("Discussed from so many points between two votes"), 1, 4)
    minutes_a_case = _number(_("Minutes for a case on the agenda"), 1, 120)

    def to_plan(self, plan: CyclePlan) -> CyclePlan:
        """Return a plan with what was typed."""
        return self.with_policy(plan)


class HousePolicyForm(RulesForm, BallotForm, LoadForm):
    """The installation's policy: what new cycles begin with. The meaning of each conflict stands beside them."""

    revotes = _number(_("How often a committee may vote again"), 0, 50)
    months_between_cases = _number(_("Months after a “not yet”, at least"), 0, 50)
    seat_limited_levels = BoxesField(
        _("Levels with few seats"), description=_("Candidates for one of them are rivals in each other’s cases")
    )

    def settings(self) -> dict[str, object]:
        """Return the settings that were typed, by their names."""
        return {**super().settings(), SEATS: list(self.seat_limited_levels.chosen())}


def house_policy_form() -> type[HousePolicyForm]:
    """Return the form with a choice for the meaning of each conflict."""
    levels = choices((level, _(VALUES[level].one)) for level in ConflictLevel)
    fields = {f"{CONFLICT}{kind}": SelectField(_(words.one), choices=levels) for kind, words in CONFLICT_WORDS.items()}
    return type("HousePolicyForm", (HousePolicyForm,), fields)


def plan_data(plan: CyclePlan) -> dict[str, object]:
    """Return a plan as the forms show it, but for its dates."""
    return {
        "code": plan.code,
        "name": plan.name,
        "zone": plan.zone,
        "country": plan.country,
        "ladder": plan.ladder_version_id,
        "min_months": plan.eligibility.min_months,
        "levels": list(plan.eligibility.level_ids),
        "tracks": list(plan.eligibility.track_ids),
        "only_functions": list(plan.eligibility.functions),
        "functions": list(plan.required_functions),
        **{name: switch.read(plan.policy) for name, switch in SWITCHES.items()},
    }


def offer(field: Field, pairs: Iterable[tuple[object, str]]) -> None:
    """Give a field what can be chosen in it."""
    field.choices = choices(pairs)  # type: ignore[attr-defined]
