"""The mails about accounts, one's own data, emergency access and the running of Dualtrack, as they are shipped."""

from __future__ import annotations

from functools import partial

from review.domain.text import text
from review.domain.wording import Room
from review.domain.wording_mail import OF_CASE, mail

WHOSE = text("whose account it is")
PROPOSER = text("whoever proposed it")
_mail = partial(mail, room=Room.ACCOUNTS)

MAILS = (
    _mail(
        "mail_test",
        to=text("the HR partner who asked for it"),
        when=text("a test mail is asked for while setting up a cycle"),
        subject=text("A test mail from the promotion reviews"),
        heading=text("Mails arrive"),
        body=(
            text(
                "You asked for this mail while setting up a cycle. Everybody else’s mails will come from the same "
                "address and look like this."
            ),
        ),
        button=text("Back to the cycle"),
    ),
    _mail(
        "password_forgotten",
        to=WHOSE,
        when=text("they say at the sign-in that they have forgotten their password"),
        subject=text("Choose a new password"),
        body=(
            text(
                "Somebody, probably you, said at the sign-in that you have forgotten your password. The link is good "
                "for one hour and works once."
            ),
            text("If that was not you, do nothing: your password stays as it is."),
        ),
        button=text("Choose a new password"),
    ),
    _mail(
        "password_reset",
        to=WHOSE,
        when=text("an administrator has set their password anew"),
        subject=text("Your password was set anew"),
        body=(
            text(
                "An administrator has set a new password for you and will give it to you in person. You choose your "
                "own when you sign in."
            ),
            text("If you did not ask for this, tell them at once."),
        ),
        button=text("Sign in"),
    ),
    _mail(
        "identity_linked",
        to=WHOSE,
        when=text("a sign-in at the company now opens their account"),
        subject=text("You can now sign in through your company account"),
        body=(
            text("From now on a sign-in at your company’s identity provider opens Dualtrack as you."),
            text("If you did not expect this, tell those who run Dualtrack at once."),
        ),
        button=text("See where you are signed in"),
    ),
    _mail(
        "data_asked",
        to=text("the HR partners who can answer it"),
        when=text("somebody asks for their own data; it names nobody"),
        subject=text("Somebody asks for their data"),
        body=(
            text("What is kept about them is gathered. Look through it before the day it is due, and hand it out."),
            text(
                "If you find no request there, it is answered by now, or every HR partner has a part in one of their "
                "cases: then somebody without one needs the role."
            ),
        ),
        button=text("Look through it"),
    ),
    _mail(
        "data_ready",
        to=text("whoever asked for their data"),
        when=text("it can be downloaded"),
        subject=text("Your data is ready"),
        body=(
            text(
                "What you asked for can be downloaded now, for some days, when you are signed in. Then it is removed "
                "here."
            ),
        ),
        button=text("Download it"),
    ),
    _mail(
        "glass_asked",
        to=text("the HR partners of the case"),
        when=text("somebody who is out of the case asks to read it"),
        subject=text("Somebody asks for emergency access"),
        names=OF_CASE,
        body=(
            text("It is about {{case}} ({{code}}, {{cycle}}). Whoever asks is out of this case."),
            text("If you let them in they can read it for 24 hours, and somebody else is told."),
        ),
        button=text("Read the request"),
    ),
    _mail(
        "glass_open",
        to=text("whoever asked for emergency access"),
        when=text("they are let in; it names no case"),
        subject=text("You are let in for 24 hours"),
        body=(
            text(
                "The emergency access that you asked for is open. You can read the case and change nothing; then it "
                "closes by itself."
            ),
        ),
        button=text("Open it"),
    ),
    _mail(
        "glass_told",
        to=text("a third person"),
        when=text("somebody was let into a case they are out of; it names neither"),
        subject=text("Emergency access was given"),
        body=(
            text("Somebody who is out of a case can read it for 24 hours, and a second person agreed to it."),
            text("You are told because you are neither of them. Who it was, and who agreed, is in the record."),
        ),
        button=text("Look at the record"),
    ),
    _mail(
        "hook_off",
        to=text("whoever registered the hook"),
        when=text("it is told nothing any more"),
        subject=text("A hook was switched off"),
        body=(
            text("An address that you registered is told nothing any more. The page says why."),
            text("Once it answers again you can switch it on; what happened meanwhile is not told afterwards."),
        ),
        button=text("See your hooks"),
    ),
    _mail(
        "leavers_hold",
        to=text("the HR partners, other than who marked them as having left"),
        when=text("somebody leaves who holds a part in a running case or a place on a committee; it names nobody"),
        subject=text("Somebody who has left still holds work"),
        body=(
            text(
                "Cases wait for somebody who has left, or they sit on a committee. The page says who, where, and what "
                "to do: hand it on, ask somebody else, withdraw the case."
            ),
        ),
        button=text("See what they left"),
    ),
    _mail(
        "proposal_waits",
        to=text("the HR partners who did not propose it"),
        when=text("a ladder, a workflow, the policy, words of the letter or an erasure waits for a second person"),
        subject=text("A proposal waits for a second person"),
        names=("proposal",),
        body=(
            text(
                "Another HR partner has proposed {{proposal}}. Nothing happens before somebody else in HR has looked "
                "at it and agreed."
            ),
            text("You can also say no; then whoever proposed it reads why."),
        ),
        button=text("Look at it"),
    ),
    _mail(
        "proposal_agreed",
        to=PROPOSER,
        when=text("another HR partner has agreed to it"),
        subject=text("What you proposed was agreed to"),
        names=("proposal",),
        body=(text("Another HR partner has agreed to what you proposed: {{proposal}}."),),
        button=text("Look at it"),
    ),
    _mail(
        "proposal_returned",
        to=PROPOSER,
        when=text("another HR partner has discarded it"),
        subject=text("What you proposed was discarded"),
        names=("proposal",),
        may_miss=("why",),
        body=(
            text("Another HR partner has discarded what you proposed: {{proposal}}."),
            text("[[The reason: {{why}}|Its page says why.]]"),
        ),
        button=text("Look at it"),
    ),
    _mail(
        "proposal_replaced",
        to=PROPOSER,
        when=text("another HR partner has put their own in its place"),
        subject=text("Another proposal has taken the place of yours"),
        names=("proposal",),
        body=(
            text(
                "Another HR partner has changed what you proposed before anybody agreed to it: {{proposal}}. Now it is "
                "for you, among others, to look at theirs."
            ),
        ),
        button=text("Look at it"),
    ),
)
