"""What the pages of every giver share, from the company or from outside: the question in the address, the preview."""

from __future__ import annotations

from dataclasses import asdict

from flask import render_template, request

from review.domain.errors import Invalid
from review.forms.feedback import AnswerForm
from review.queries.giving import GivePage, Question
from review.services.feedback_answers import check_draft


def question_of(page: GivePage) -> Question:
    """Return the question that the address asks for, or the first without an answer."""
    asked_for = request.args.get("criterion")
    return next((each for each in page.questions if each.id == asked_for), page.first_open)


def following(page: GivePage, question: Question) -> Question | None:
    """Return the question after this one."""
    place = page.questions.index(question)
    return page.questions[place + 1] if place + 1 < len(page.questions) else None


def show_preview() -> str:
    """Return the form's answer as readers would see it, or what is wrong with it."""
    form = AnswerForm()
    try:
        given = Question.of_draft(asdict(check_draft(form.to_command())))
    except Invalid as refused:
        return render_template("feedback/_preview.html", question=None, faults=refused.faults)
    return render_template("feedback/_preview.html", question=given, faults=())
