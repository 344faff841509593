"""The mails about the steps of a case, as they are shipped."""

from __future__ import annotations

from functools import partial

from review.domain.text import text
from review.domain.wording import Room
from review.domain.wording_mail import OF_CASE, mail

ON_TURN = text("whoever must act next")
MANAGER = text("the manager")
HR = text("HR")
BOTH = text("the candidate and the manager")
OPEN = text("Open the case")
OPEN_PLAN = text("Open the growth plan")
READ_LETTER = text("Read the letter")
WHAT_IS_MISSING = text("The page says what is missing and what can be done.")
EACH_THING = text("The page lists each thing that is missing, and whose turn it is.")
_case = partial(mail, room=Room.CASES, names=OF_CASE)
_dated = partial(_case, may_miss=("due",))

MAILS = (
    _case(
        "notify_parties",
        to=BOTH,
        when=text("the case has moved on"),
        subject=text("A case has moved on"),
        body=(
            text("{{Case}} ({{code}}, {{cycle}}) has moved on. The page says where it stands and whose turn it is."),
        ),
        button=OPEN,
    ),
    _dated(
        "packet_reminder",
        to=text("the candidate"),
        when=text("the self-review is still open"),
        subject=text("Your self-review is still open"),
        body=(
            text("Your self-review and evidence for {{cycle}} are still open. [[The next date is {{due}}.]]"),
            text("Everything you have written is kept. You can go on where you stopped."),
        ),
        button=text("Go on writing"),
    ),
    _dated(
        "case_nudge",
        to=ON_TURN,
        when=text("HR asks for the step that waits"),
        subject=text("A step waits for you"),
        body=(
            text("In {{case}} ({{code}}, {{cycle}}) it is your turn. [[The next date is {{due}}.]]"),
            text("HR asks you to look at it. The page says what is missing and what can be done."),
        ),
        button=OPEN,
    ),
    _dated(
        "case_extended",
        to=ON_TURN,
        when=text("HR gave the case a later day"),
        subject=text("You have more time"),
        body=(
            text(
                "In {{case}} ({{code}}, {{cycle}}) it is your turn, and HR has given it a later day. "
                "[[The next date is {{due}}.]]"
            ),
            WHAT_IS_MISSING,
        ),
        button=OPEN,
    ),
    _case(
        "overdue",
        to=ON_TURN,
        when=text("a step is past its date"),
        subject=text("A step is overdue"),
        body=(
            text("In {{case}} ({{code}}, {{cycle}}) a step is past its date, and it is your turn."),
            WHAT_IS_MISSING,
        ),
        button=OPEN,
    ),
    _dated(
        "notify_second_rater",
        to=text("the second rater"),
        when=text("a second rating is asked of them"),
        subject=text("A second rating is asked of you"),
        body=(
            text(
                "Please rate {{case}} ({{code}}, {{cycle}}) from the evidence alone: one form, one page. "
                "[[The next date is {{due}}.]]"
            ),
            text(
                "You see neither the manager's rating nor the feedback, on purpose. If you are too close to this case, "
                "say so to HR."
            ),
        ),
        button=text("Open the form"),
    ),
    _case(
        "escalate_feedback",
        to=MANAGER,
        when=text("feedback is late; it says neither whose nor how many"),
        subject=text("Feedback is late"),
        body=(
            text("In {{case}} ({{code}}, {{cycle}}) feedback that was promised is past its date."),
            text(
                "The page shows who is asked, and the functions that the cycle wants to hear. You may ask somebody "
                "else."
            ),
        ),
        button=OPEN,
    ),
    _case(
        "escalate_packet",
        to=text("the manager and HR"),
        when=text("the self-review is some days late"),
        subject=text("A self-review is late"),
        body=(
            text("The self-review in {{case}} ({{code}}, {{cycle}}) is some days past its date."),
            text("A word with the candidate may be all it needs."),
        ),
        button=OPEN,
    ),
    _case(
        "gate_not_met",
        to=MANAGER,
        when=text("the packet cannot be sealed on its day"),
        subject=text("A packet cannot be sealed today"),
        body=(
            text(
                "Today is the day on which {{case}} ({{code}}, {{cycle}}) should be complete. Something is still "
                "missing."
            ),
            EACH_THING,
        ),
        button=OPEN,
    ),
    _case(
        "escalate_gate",
        to=HR,
        when=text("the packet should have been sealed some days ago"),
        subject=text("A case is held up before its packet"),
        body=(text("{{Case}} ({{code}}, {{cycle}}) should have been sealed some days ago."), EACH_THING),
        button=OPEN,
    ),
    _dated(
        "please_read",
        to=text("the members of the committee"),
        when=text("a packet waits to be read"),
        subject=text("A packet waits to be read"),
        body=(
            text(
                "The packet of {{case}} ({{code}}, {{cycle}}) is sealed and ready to read. "
                "[[Please read it by {{due}}.]]"
            ),
            text(
                "Only those who have opened the packet can vote. If you are too close to this case, say so there, once."
            ),
        ),
        button=text("Read the packet"),
    ),
    _case(
        "votes_missing",
        to=text("the chair"),
        when=text("not every vote is in on the day"),
        subject=text("Votes are still missing"),
        body=(text("Today is the day of voting on {{case}} ({{code}}, {{cycle}}), and not every vote is in."),),
        button=OPEN,
    ),
    _case(
        "letter_released",
        to=text("the candidate"),
        when=text("the letter can be read; nothing of what it says"),
        subject=text("Your letter is there"),
        body=(
            text("The letter about your case in {{cycle}} ({{code}}) can be read now."),
            text("Your manager knows that you have it, and will find time to talk about it."),
        ),
        button=READ_LETTER,
    ),
    _case(
        "letter_released_to_report",
        to=MANAGER,
        when=text("the candidate has the letter; nothing of what it says"),
        subject=text("A letter to somebody in your team is there"),
        heading=text("{{candidate}} has the letter now"),
        body=(
            text("The letter about {{case}} in {{cycle}} ({{code}}) has gone out. You can read it too."),
            text("Find time to talk about it soon; the page of the letter says what you may say and what not."),
        ),
        button=READ_LETTER,
    ),
    _case(
        "letter_after_appeal",
        to=text("the candidate"),
        when=text("the letter that answers them after a granted appeal can be read; nothing of what it says"),
        subject=text("The answer after your appeal is there"),
        body=(
            text(
                "A fresh committee has decided after your appeal. Its letter about your case in {{cycle}} ({{code}}) "
                "can be read now and takes the place of the first one."
            ),
            text("Your manager knows that you have it, and will find time to talk about it."),
        ),
        button=READ_LETTER,
    ),
    _case(
        "letter_after_appeal_to_report",
        to=MANAGER,
        when=text("the candidate has the letter that was written after a granted appeal; nothing of what it says"),
        subject=text("A new letter to somebody in your team is there"),
        heading=text("{{candidate}} has the letter after the appeal now"),
        body=(
            text(
                "A fresh committee has decided. Its letter about {{case}} in {{cycle}} ({{code}}) has gone out and "
                "takes the place of the first one. You can read it too."
            ),
            text("Find time to talk about it soon; the page of the letter says what you may say and what not."),
        ),
        button=READ_LETTER,
    ),
    _dated(
        "plan_reminder",
        to=MANAGER,
        when=text("the growth plan is still to be agreed"),
        subject=text("A growth plan is to be agreed"),
        body=(text("The growth plan in {{case}} ({{code}}, {{cycle}}) is not yet agreed. [[It is due on {{due}}.]]"),),
        button=OPEN_PLAN,
    ),
    _case(
        "escalate_plan",
        to=HR,
        when=text("the growth plan is late"),
        subject=text("A growth plan is late"),
        body=(text("The growth plan in {{case}} ({{code}}, {{cycle}}) should have been agreed by now."),),
        button=OPEN_PLAN,
    ),
    _case(
        "check_in_due",
        to=BOTH,
        when=text("the growth plan is looked at again today"),
        subject=text("A check-in is due"),
        body=(
            text(
                "The day has come that was noted for the next check-in on the growth plan in {{case}} ({{code}}, "
                "{{cycle}})."
            ),
            text("Look at it together, and note what was done."),
        ),
        button=OPEN_PLAN,
    ),
    _case(
        "case_taken_over",
        to=text("the new manager"),
        when=text("a running case is now theirs"),
        subject=text("A running case is now yours"),
        body=(
            text("You are now the manager in {{case}} ({{code}}, {{cycle}})."),
            text("What the former manager signed stays. The page says what is left to do, and by when."),
        ),
        button=OPEN,
    ),
    _case(
        "case_handed_over",
        to=text("the former manager"),
        when=text("somebody else goes on with the case"),
        subject=text("A case goes on with another manager"),
        body=(
            text("You are no longer the manager in {{case}} ({{code}}, {{cycle}})."),
            text("What you wrote and signed stays yours, with your name."),
        ),
        button=text("Open Dualtrack"),
    ),
    _case(
        "plan_taken_over",
        to=text("the new manager"),
        when=text("an agreed growth plan goes on with them"),
        subject=text("A growth plan goes on with you"),
        body=(
            text("You are now the manager in {{case}} ({{code}}, {{cycle}}). It is closed; its growth plan goes on."),
            text("What was agreed and noted before you stays, each with the name of who signed it."),
        ),
        button=OPEN_PLAN,
    ),
)
