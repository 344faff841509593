"""Mistakes in workflow files, with what is found and where."""
# ruff: noqa: E501 - a change stands on one line as in the file, so that it can be found there

from __future__ import annotations

Change = tuple[str, str]

# Each case: what is changed in ic.yaml, and what is found. «marks» in the new text say where, in order.
BROKEN: dict[str, tuple[tuple[Change, ...], tuple[str, ...]]] = {
    "unknown role in by": (
        (("to: enough\n            by: [manager, hr]", "to: enough\n            by: [«manger, hr]"),),
        ('the role "manger" is not declared',),
    ),
    "role the software does not know": (
        (("  appeals: Appeals panel\n", "  appeals: Appeals panel\n  «sponsor: Sponsor\n"),),
        ('there is no role "sponsor"',),
    ),
    "unknown role to notify": (
        (("notify: [chair], template: votes_missing", "notify: [«chairs], template: votes_missing"),),
        ('the role "chairs" is not declared',),
    ),
    "unknown check": (
        (("when: [self_review_complete, ev", "when: [«self_review_done, ev"),),
        ('there is no check "self_review_done"',),
    ),
    "unknown check with parameters": (
        (("- in_state: {region: rating, state: rated}", "- «in_stat: {region: rating, state: rated}"),),
        ('there is no check "in_stat"',),
    ),
    "unknown parameter": (
        (("[{votes_cast: {at_least: 3}}", "[{votes_cast: «{«atleast: 3}}"),),
        ('the check "votes_cast" needs "at_least"', 'the check "votes_cast" has no "atleast"'),
    ),
    "missing parameter": (
        (("[{revotes: {below: 2}}, not_recused]", "[{revotes: «{}}, not_recused]"),),
        ('the check "revotes" needs "below"',),
    ),
    "parameter of the wrong type": (
        (("[{votes_cast: {at_least: 3}}", '[{votes_cast: {at_least: «"3"}}'),),
        ('"at_least" cannot be this: Input should be a valid integer',),
    ),
    "parameters for a check that takes none": (
        (("when: [eligible]", "when: [{eligible: {«months: 12}}]"),),
        ('the check "eligible" has no "months"',),
    ),
    "unknown effect": (
        (("feedback, seal_packet]", "feedback, «seal_the_packet]"), ("\n  seal:\n", "\n  «seal:\n")),
        ("the packet is not sealed on this way", 'there is no effect "seal_the_packet"'),
    ),
    "unknown form": (
        (("form: appeal\n", "form: «apeal\n"),),
        ('there is no form "apeal"',),
    ),
    "unknown mail": (
        (("template: please_read", "template: «please_reed"),),
        ('there is no mail "please_reed"',),
    ),
    "unknown date": (
        (("due: {before: announcement_date, days: 0}", "due: {before: «announcement_day, days: 0}"),),
        ('there is no date "announcement_day"',),
    ),
    "unknown state in to": (
        (("to: voting\n    by: [chair]\n    when: [packet", "to: «votin\n    by: [chair]\n    when: [packet"),),
        ('there is no state "votin"',),
    ),
    "unknown state in from": (
        (("from: [growth_plan]", "from: [«growthplan]"),),
        ('there is no state "growthplan"',),
    ),
    "unknown region": (
        (("- in_state: {region: rating, state: rated}", "- in_state: {region: «ratings, state: rated}"),),
        ('there is no region "ratings"',),
    ),
    "unknown state of a region": (
        (("- in_state: {region: rating, state: rated}", "- in_state: {region: rating, state: «done}"),),
        ('the region "rating" has no state "done"',),
    ),
    "unknown case state": (
        (("packet_opened, {case_in: {states: [reading, voting]}}", "packet_opened, {case_in: {states: [reading, «votes]}}"),),
        ('there is no state "votes"',),
    ),
    "no initial state": (
        (("submitted: {title: Self-review submitted}", "submitted: {title: Self-review submitted}"),
         ("      packet:\n        states:\n", "      packet:\n        «states:\n"),
         ("title: Self-review and evidence\n            initial: true\n", "title: Self-review and evidence\n")),
        ("no state is the initial one",),
    ),
    "two initial states": (
        (("rated: {title: Rating in}", "rated: {title: Rating in, initial: «true}"),),
        ('a second initial state; the first is "first_view"',),
    ),
    "an action out of a final state": (
        (("from: [decided]\n    to: deferred", "from: [decided, «promoted]\n    to: deferred"),
         ("  announce_deferral:", "  «announce_deferral:")),
        ("an outcome is announced that is not decided", 'the state "promoted" is final; nothing leaves it'),
    ),
    "unreachable state": (
        (("  growth_plan:\n    title: Growth", "  «limbo: {title: Limbo, phase: announced}\n  growth_plan:\n    title: Growth"),),
        ('the state "limbo" can never be reached',),
    ),
    "unusable action": (
        (("  withdraw_appeal: {title: Withdraw the appeal, from: [appeal], to: growth_plan, by: [candidate], confirm: true}",
          ("  «withdraw_appeal: {title: Withdraw, from: [appeal], to: growth_plan, by: [candidate], "
          "when: [{in_state: {region: packet, state: writing}}]}")),),
        ('the action "withdraw_appeal" can never be used',),
    ),
    "dead end of the case": (
        (("  discussion:\n    title", "  «discussion:\n    title"),
         ("  decide_promote:\n    title: Promote\n    from: [discussion]", "  decide_promote:\n    title: Promote\n    from: [discussion]\n    bail: true"),
         ("  decide_not_yet:\n    title: Not yet\n    from: [discussion]", "  decide_not_yet:\n    title: Not yet\n    from: [discussion]\n    bail: true"),
         ("  decide_defer:\n    title: Defer\n    from: [discussion]", "  decide_defer:\n    title: Defer\n    from: [discussion]\n    bail: true"),
         ("  vote_again:\n    title: Vote again\n    from: [discussion]", "  vote_again:\n    title: Vote again\n    from: [discussion]\n    bail: true")),
        ("a dead end: no action leads on to an end (leaving with bail does not count)",),
    ),
    "dead end of a region": (
        (("          waived: {title: No second", "          «waived: {title: No second"),
         ("state: [done, waived]", "state: done")),
        ("a dead end: no action leads on to an end (leaving with bail does not count)",),
    ),
    "a reminder after the deadline": (
        (("{after: {working_days: 5}, notify: [giver]", "{after: «{working_days: 11}, notify: [giver]"),),
        ("the reminder comes after the deadline",),
    ),
    "a timer that counts from no deadline": (
        (("- {after: {working_days: 3}, notify: [member, chair]", "- {since: «due, after: {working_days: 3}, notify: [member, chair]"),
         ("    due: {before: calibration_date, working_days: 2}\n", "")),
        ("the state has no due date to count from",),
    ),
    "a timer that fires the unknown": (
        (("fire: close_appeal_window", "fire: «close_window"),),
        ('there is no action "close_window" to fire',),
    ),
    "a timer that fires what is not possible there": (
        (("fire: close_appeal_window", "fire: «dismiss_appeal"),),
        ('"dismiss_appeal" is not possible in this state', '"dismiss_appeal" is not for the system',
         '"dismiss_appeal" asks for a form or a note, which no timer can write'),
    ),
    "a timer that fires what is for people": (
        (("to: growth_plan, by: [candidate, system], confirm: true}", "to: growth_plan, by: [candidate], confirm: true}"),
         ("fire: close_appeal_window", "fire: «close_appeal_window")),
        ('"close_appeal_window" is not for the system',),
    ),
    "a state without a phase": (
        (("  appeal:\n    title: Under appeal\n    phase: announced\n", "  «appeal:\n    title: Under appeal\n"),),
        ("the state has no phase, so nobody knows who may see what in it",),
    ),
    "a phase in a region": (
        (("enough: {title: Feedback complete}", "enough: {title: Feedback complete, «phase: sealed}"),),
        ("only states of the case have a phase",),
    ),
    "the phase goes back unsaid": (
        (("to: collecting\n    back: true\n", "to: «collecting\n"),),
        ("the phase goes back from this action without saying so",),
    ),
    "back where nothing goes back": (
        (("    to: reading\n    by: [hr, manager]\n", "    to: reading\n    back: «true\n    by: [hr, manager]\n"),),
        ("back: true, but the phase does not go back",),
    ),
    "a final state with a deadline": (
        (("withdrawn: {title: Withdrawn, phase", "withdrawn: {title: Withdrawn, «due: {days: 3}, phase"),),
        ("a final state has no deadline",),
    ),
    "a final state without an outcome": (
        (("  withdrawn: {title: Withdrawn, phase: closed, final: true, outcome: withdrawn}", "  «withdrawn: {title: Withdrawn, phase: closed, final: true}"),),
        ("a final state of the case needs an outcome",),
    ),
    "an unknown outcome": (
        (("outcome: withdrawn}", "outcome: «gone}"),),
        ('there is no outcome "gone"',),
    ),
    "two actions of one name": (
        (("          reopen_feedback: {", "          «seal: {"),),
        ('another action is called "seal" at the same step',),
    ),
    "a region called main": (
        (("      feedback:\n        states:\n          asking", "      «main:\n        states:\n          asking"),
         ("- in_state: {region: feedback, state: enough}\n              - all", "- in_state: {region: main, state: enough}\n              - all"),
         ("- in_state: {region: feedback, state: enough}\n      - in_state: {region: rating", "- in_state: {region: main, state: enough}\n      - in_state: {region: rating")),
        ('a region cannot be called "main"; that is the case itself',),
    ),
    "an item that is missing a state": (
        (("      frozen: {title: In the sealed packet, final: true}\n", ""), ("  feedback:\n    states:\n      proposed", "  feedback:\n    «states:\n      proposed"),
         ("from: [submitted], to: frozen, by", "from: [submitted], to: «frozen, by")),
        ('the item "feedback" has no state "frozen"', 'there is no state "frozen"'),
    ),
    "an unknown key": (
        (("    hint: The votes are open.", "    «hints: The votes are open."),),
        ('the key "hints" is not known here',),
    ),
    "a missing title": (
        (("  promoted: {title: Promoted, phase", "  «promoted: {phase"),),
        ('"title" is missing',),
    ),
    "a phase that does not exist": (
        (("phase: revealed", "phase: «open"),),
        ('"open" cannot stand here',),
    ),
    "a name with capitals": (
        (("agree_plan:", "«AgreePlan:"),),
        ('"AgreePlan" is not a name',),
    ),
    "a span of two kinds": (
        (("due: {working_days: 15}", "«due: {working_days: 15, days: 3}"),),
        ("a span has either days or working_days",),
    ),
    "a timer of two kinds": (
        (("- {since: due, after: {days: 0}, fire: close_appeal_window}", "- «{since: due, after: {days: 0}, notify: [hr], template: overdue, fire: close_appeal_window}"),),
        ("a timer either notifies roles or fires an action",),
    ),
    "a key given twice": (
        (("    hint: The votes are open.", "    phase: revealed\n    hint: The votes are open."), ("    phase: revealed\n    phase", "    phase: revealed\n    «phase")),
        ('the key "phase" stands here a second time',),
    ),
    "a condition that is no condition": (
        (("when: [eligible]", "when: [«[eligible]]"),),
        ("a condition is a check's name, or a map with that name as its one key",),
    ),
    "an empty group": (
        (("when: [eligible]", "when: [«{any: []}]"),),
        ('the group "any" does not hold the right number of conditions',),
    ),
}  # fmt: skip
