"""Mistakes that would let a case round a gate, with what is found and where; and mistakes in an overlay."""
# ruff: noqa: E501 - a change stands on one line as in the file, so that it can be found there

from __future__ import annotations

from tests.domain.workflow_mistakes import Change

# As in workflow_mistakes.BROKEN.
GATES: dict[str, tuple[tuple[Change, ...], tuple[str, ...]]] = {
    "no seal": (
        (("do: [seat_committee, cancel_open_feedback, seal_packet]", "do: [seat_committee, cancel_open_feedback]"),
         ("\n  seal:\n", "\n  «seal:\n")),
        ("the packet is not sealed on this way",),
    ),
    "a way round the seal": (
        (("  open_voting:", "  «shortcut: {title: Skip, from: [collecting], to: voting, by: [hr]}\n  open_voting:"),),
        ("the packet is not sealed on this way",),
    ),
    "a way round the vote": (
        (("  open_voting:", "  «talk: {title: Talk, from: [reading], to: discussion, by: [chair]}\n  open_voting:"),),
        ("votes are not revealed on this way",),
    ),
    "revealed before cast": (
        (("when: [{votes_cast: {at_least: 3}}, all_present_have_voted, not_recused]", "when: [all_present_have_voted, not_recused]"),
         ("  reveal_votes:", "  «reveal_votes:")),
        ("votes are revealed before they are cast",),
    ),
    "a way round the decision": (
        (("  open_voting:", "  «skip: {title: Skip, from: [discussion], to: decided, by: [chair]}\n  open_voting:"),),
        ("nothing is decided on this way",),
    ),
    "a decision without a quorum": (
        (("when: [{quorum: {at_least: 3}}, not_recused]\n", "when: [not_recused]\n"), ("  decide_defer:", "  «decide_defer:")),
        ("a decision without a quorum",),
    ),
    "a decision that nobody keeps": (
        (("    decision: defer\n", "    decision: «defer\n"),
         ("when: [{quorum: {at_least: 3}}, not_recused]\n    do: [record_decision]", "when: [{quorum: {at_least: 3}}, not_recused]")),
        ("an action that decides must keep the decision",),
    ),
    "kept without being decided": (
        (("    decision: defer\n", ""), ("  decide_defer:", "  «decide_defer:"),
         ("when: [{quorum: {at_least: 3}}, not_recused]\n    do: [record_decision]",
          "when: [{quorum: {at_least: 3}}, not_recused]\n    do: «[record_decision]")),
        ("nothing is decided on this way", "record_decision does not know what was decided"),
    ),
    "announced alone": (
        (("when: [{decision_is: {outcome: defer}}, letter_ready, second_person_approved]", "when: [{decision_is: {outcome: defer}}, letter_ready]"),
         ("  announce_deferral:", "  «announce_deferral:")),
        ("one person alone announces",),
    ),
    "a second person who may be left out": (
        (("when: [{decision_is: {outcome: defer}}, letter_ready, second_person_approved]",
          "when: [{decision_is: {outcome: defer}}, {any: [letter_ready, second_person_approved]}]"),
         ("  announce_deferral:", "  «announce_deferral:")),
        ("one person alone announces",),
    ),
    "announced otherwise than decided": (
        (("when: [{decision_is: {outcome: defer}}", "when: [{decision_is: {outcome: promote}}"),
         ("  announce_deferral:", "  «announce_deferral:")),
        ("the announcement does not agree with the outcome",),
    ),
    "announced before it is decided": (
        (("  open_voting:", ("  «rush: {title: Rush, from: [discussion], to: promoted, by: [chair], "
          "when: [second_person_approved, {decision_is: {outcome: promote}}]}\n  open_voting:")),),
        ("nothing is decided on this way", "an outcome is announced that is not decided"),
    ),
    "a decided outcome in an early phase": (
        (("promoted: {title: Promoted, phase: announced, final", "promoted: {title: Promoted, phase: «decided, final"),),
        ("a decided outcome is known before it is announced",),
    ),
    "an announced outcome replaced": (
        (("  withdraw:  ", "  «withdraw:  "), ("from: [nominated, collecting, reading, voting, discussion, decided]", "from: any")),
        ("an outcome that was announced would be replaced",),
    ),
    "the candidate decides": (
        (("title: Defer\n    from: [discussion]\n    to: decided\n    by: [chair]", "title: Defer\n    from: [discussion]\n    to: decided\n    by: [chair, «candidate]"),),
        ("the candidate would decide in their own case",),
    ),
    "the candidate confirms": (
        (("to: collecting\n    by: [hr]\n    when", "to: collecting\n    by: [hr, «candidate]\n    when"),),
        ("the candidate would decide in their own case",),
    ),
    "the candidate approves a giver": (
        (("to: asked, by: [manager, hr], when", "to: asked, by: [manager, «candidate], when"),),
        ("the candidate would decide in their own case",),
    ),
    "the candidate takes a seat away": (
        (("to: recused, by: [member, chair, hr, system]", "to: recused, by: [member, chair, hr, system, «candidate]"),),
        ("the candidate would decide in their own case",),
    ),
    "the system decides": (
        (("title: Defer\n    from: [discussion]\n    to: decided\n    by: [chair]", "title: Defer\n    from: [discussion]\n    to: decided\n    by: [chair, «system]"),),
        ("the system would decide",),
    ),
}  # fmt: skip

# The same for management.yaml, which extends ic.yaml.
OVERLAYS: dict[str, tuple[tuple[Change, ...], tuple[str, ...]]] = {
    "no sign-off": (
        (("decide_promote: {title: Recommend promotion, to: signoff}", "decide_promote: {title: Recommend promotion, to: «decided}"),
         ("  signoff:\n    title", "  «signoff:\n    title")),
        ('the state "signoff" can never be reached', "this promotion can be announced without an executive's signature"),
    ),
    "a sign-off that HR can give": (
        (("by: [executive], when: [not_on_committee]", "by: [executive, hr], when: [not_on_committee]"), ("to: signoff}", "to: «signoff}")),
        ("this promotion can be announced without an executive's signature",),
    ),
    "nothing to take away": (
        (("  report: Direct", "  «reporter: null\n  report: Direct"),),
        ('there is no "reporter" here to take away',),
    ),
}  # fmt: skip
