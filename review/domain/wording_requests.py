"""The mails about requests for feedback, to colleagues and to somebody from outside, as they are shipped."""

from __future__ import annotations

from functools import partial

from review.domain.text import text
from review.domain.wording import Room
from review.domain.wording_mail import OF_CASE, mail

GIVER = text("the giver")
OUTSIDE = text("somebody from outside")
SAY_NO = text("Saying no is fine and takes one click; nobody asks again.")
WRITE = text("Write or say no")
_inside = partial(mail, room=Room.REQUESTS, to=GIVER, names=("candidate", "cycle"), may_miss=("due",))
_outside = partial(mail, room=Room.REQUESTS, to=OUTSIDE, names=("candidate",), may_miss=("due",))
_taken_back = partial(
    mail,
    room=Room.REQUESTS,
    subject=text("A request for your feedback is taken back"),
    heading=text("You need not write"),
)

MAILS = (
    _inside(
        "notify_giver",
        when=text("feedback is asked for"),
        subject=text("Your feedback is asked for"),
        body=(
            text(
                "{{candidate}} asks for your feedback for {{cycle}}: a few short questions, about ten minutes. "
                "[[Please answer by {{due}}.]]"
            ),
            text("Who reads it is written above the form, before you write a word."),
            SAY_NO,
        ),
        button=WRITE,
    ),
    _inside(
        "answer_request",
        when=text("a request has no answer for some days"),
        subject=text("A request for your feedback waits for an answer"),
        heading=text("Will you give feedback?"),
        body=(
            text(
                "{{candidate}} asks for your feedback, a few short questions, about ten minutes. "
                "[[Please answer by {{due}}.]]"
            ),
            SAY_NO,
        ),
        button=WRITE,
    ),
    _inside(
        "feedback_reminder",
        when=text("feedback that was begun is not sent yet"),
        subject=text("Your feedback is not sent yet"),
        body=(
            text(
                "You have begun to write feedback for {{candidate}}. What you wrote is kept, and nobody can read it "
                "before you send it. [[Please send it by {{due}}.]]"
            ),
        ),
        button=text("Go on writing"),
    ),
    _inside(
        "feedback_nudge",
        when=text("HR or the manager asks once more, by hand"),
        subject=text("Your feedback is still missing"),
        body=(
            text(
                "Your feedback on {{candidate}} is still missing: a few short questions, about ten minutes. What you "
                "may have written is kept. [[Please send it by {{due}}.]]"
            ),
            SAY_NO,
        ),
        button=WRITE,
    ),
    _inside(
        "feedback_moved",
        when=text("a request has a later day"),
        subject=text("You have more time for your feedback"),
        body=(
            text(
                "[[Your feedback on {{candidate}} is now due on {{due}}.|Your feedback on {{candidate}} has a later "
                "day.]] What you may have written is kept."
            ),
            text("The page has the new day for your calendar too; it takes the place of the old one there."),
            SAY_NO,
        ),
        button=WRITE,
    ),
    _taken_back(
        "feedback_cancelled",
        to=GIVER,
        when=text("a request is taken back; it names nobody"),
        body=(
            text(
                "A request for your feedback has been taken back, or its time has ended. There is nothing left for you "
                "to do."
            ),
            text("Nobody has read, or will read, what you may have begun to write."),
        ),
        button=text("Open Dualtrack"),
    ),
    mail(
        "feedback_declined",
        Room.REQUESTS,
        to=text("whoever asked"),
        when=text("somebody said no; it does not say who"),
        subject=text("Somebody cannot give feedback"),
        names=OF_CASE,
        body=(
            text("One of the people asked for feedback in {{case}} ({{code}}, {{cycle}}) has said no."),
            text("The list of whom to ask shows who it is, and somebody else to ask if one was named."),
        ),
        button=text("See whom else to ask"),
    ),
    _outside(
        "outside_asked",
        when=text("feedback is asked for; the link stands for an account"),
        subject=text("Your feedback is asked for"),
        body=(
            text(
                "{{candidate}} of {{company}} asks what you saw of their work: a few short questions, about ten "
                "minutes. [[Please answer by {{due}}.]]"
            ),
            text(
                "You need no account. The link is for you alone: please do not pass it on. After you have sent your "
                "answer it opens nothing any more."
            ),
            text(
                "Who reads your answer is written above the form, before you write a word. Saying no is fine and takes "
                "one click."
            ),
        ),
        button=WRITE,
    ),
    _outside(
        "outside_reminder",
        when=text("their answer is not sent yet"),
        subject=text("A request for your feedback waits for an answer"),
        heading=text("Will you give feedback?"),
        body=(
            text("{{candidate}} of {{company}} has asked what you saw of their work. [[Please answer by {{due}}.]]"),
            text("What you may have begun is kept. The link is for you alone: please do not pass it on."),
            SAY_NO,
        ),
        button=WRITE,
    ),
    _outside(
        "outside_moved",
        when=text("a request has a later day"),
        subject=text("You have more time for your feedback"),
        body=(
            text(
                "[[Your feedback on {{candidate}} of {{company}} is now due on {{due}}.|Your feedback on {{candidate}} "
                "of {{company}} has a later day.]] What you may have begun is kept."
            ),
            text("The link is for you alone: please do not pass it on."),
            SAY_NO,
        ),
        button=WRITE,
    ),
    _taken_back(
        "outside_cancelled",
        to=OUTSIDE,
        when=text("a request is taken back; it names nobody and has no link"),
        body=(
            text(
                "A request for your feedback has been taken back, or its time has ended. There is nothing left for you "
                "to do, and the link that you had opens nothing any more."
            ),
            text("Nobody has read, or will read, what you may have begun to write."),
        ),
        button=None,
    ),
)
