"""The table of rights: object × actor × phase, and the conditions on some of them.

A row reads: in the eight phases from draft to closed, one letter each (- none, r read, w write and read, a act),
these actors have this right. What no row grants is not granted.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

GRID: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "case.existence": {
            "rrrrrrrr": "candidate manager hr",
            "-rrrrrrr": "giver second_rater",
            "-rr-----": "external_giver",
            "--rrrrrr": "skip_level member chair",
            "-----rrr": "executive",
            "------r-": "appeals",
        },
        "case.stage": {
            "rrrrrrrr": "candidate manager hr",
            "--rrrrrr": "skip_level member chair",
            "-----rrr": "executive",
            "------r-": "appeals",
        },
        "packet.draft": {
            "ww------": "candidate",
            "-r------": "manager hr",
        },
        "packet.sealed": {
            "--rrrrrr": "candidate manager skip_level member chair hr",
            "-----rrr": "executive",
            "------r-": "appeals",
        },
        "packet.pdf": {
            "--rrrrrr": "candidate manager chair hr",
            "--rrrr--": "member",
            "-----rrr": "executive",
            "------r-": "appeals",
        },
        "packet.seal": {
            "-a------": "manager hr",
        },
        "packet.unseal": {
            "--a-----": "hr",
        },
        "evidence.attachment": {
            "wwrrrrrr": "candidate",
            "-rrrrrrr": "manager hr",
            "--rrrrrr": "skip_level member chair",
            "-r------": "second_rater",
            "-----rrr": "executive",
            "------r-": "appeals",
        },
        "self_review.draft": {
            "ww------": "candidate",
        },
        "self_review.submitted": {
            "-rrrrrrr": "candidate manager hr",
            "--rrrrrr": "skip_level member chair",
            "-rr-----": "second_rater",
            "-----rrr": "executive",
            "------r-": "appeals",
        },
        "feedback.own_draft": {
            "-w------": "giver external_giver",
        },
        "feedback.own_submitted": {
            "-rrrrrrr": "giver",
        },
        "feedback.text": {
            "-rrrrrrr": "manager hr",
            "--rrrrrr": "member chair",
            "-----rrr": "executive",
            "------r-": "appeals",
        },
        "feedback.author": {
            "--rrrrrr": "member chair",
            "-rrrrrrr": "hr",
            "------r-": "appeals",
        },
        "feedback.proposals": {
            "wwrrrrrr": "candidate manager hr",
            "--rrrrrr": "chair",
        },
        "feedback.count": {
            "-rr-----": "candidate",
            "-rrrrrrr": "manager hr",
            "--rrrrrr": "member chair",
        },
        "feedback.summary": {
            "------rr": "candidate",
            "-----wrr": "manager hr",
            "-----rrr": "chair",
        },
        "first_view.draft": {
            "ww------": "manager",
        },
        "first_view.locked": {
            "-rrrrrrr": "manager",
            "----rrrr": "member chair",
            "--rrrrrr": "hr",
            "------r-": "appeals",
        },
        "rating.draft": {
            "-w------": "manager",
        },
        "rating.final": {
            "------rr": "candidate",
            "-rrrrrrr": "manager",
            "--rrrrrr": "skip_level member chair hr",
            "-----rrr": "executive",
            "------r-": "appeals",
        },
        "second_rating.own": {
            "-wrrrrrr": "second_rater",
        },
        "second_rating.others": {
            "----rrrr": "manager",
            "--rrrrrr": "member chair hr",
            "------r-": "appeals",
        },
        "vote.own": {
            "---wrrrr": "member chair",
        },
        "vote.others": {
            "----rrrr": "member chair hr",
            "------r-": "appeals",
        },
        "vote.turnout": {
            "----rrrr": "member",
            "---rrrrr": "chair hr",
        },
        "vote.reveal": {
            "---a----": "chair",
        },
        "discussion.notes": {
            "----wrrr": "member chair",
            "----rrrr": "hr",
            "------r-": "appeals",
        },
        "decision.outcome": {
            "------rr": "candidate",
            "-----rrr": "manager skip_level member hr",
            "----wrrr": "chair",
            "-----wrr": "executive",
            "------r-": "appeals",
        },
        "decision.rationale": {
            "------rr": "candidate skip_level",
            "-----rrr": "manager member executive",
            "----wwrr": "chair",
            "-----wrr": "hr",
            "------r-": "appeals",
        },
        "decision.announce": {
            "-----a--": "hr",
        },
        "appeal.text": {
            "------wr": "candidate",
            "------rr": "chair hr",
            "------w-": "appeals",
        },
        "growth_plan": {
            "------wr": "candidate manager",
            "------rr": "hr",
        },
        "growth_plan.check_ins": {
            "------ww": "candidate manager",
            "------rr": "hr",
        },
        "conflict.own_declaration": {
            "wwwwwrrr": "member chair conflicted_member conflicted_chair hr involved_hr",
        },
        "conflict.list": {
            "rrrrrrrr": "chair auditor",
            "wwwwrrrr": "hr",
        },
        "committee.seats": {
            "--rrrrrr": "member",
            "rrrrrrrr": "chair",
            "wwwwrrrr": "hr",
        },
        "compensation_band": {
            "rrrrrrrr": "candidate",
            "wwwwwwww": "hr",
        },
        "subject_access_export": {
            "aaaaaaaa": "candidate hr",
        },
        "analytics": {
            "------rr": "chair hr",
        },
        "audit.events": {
            "rrrrrrrr": "hr auditor it_admin",
        },
        "audit.detail": {
            "rrrrrrrr": "auditor",
        },
        "mail.body": {},
        "link.secret": {},
        "link.revoke": {
            "-a------": "manager",
            "-aa-----": "hr",
        },
        "directory": {
            "rrrrrrrr": (
                "candidate giver other_giver manager former_manager skip_level second_rater member "
                "chair conflicted_member conflicted_chair involved_hr executive appeals auditor other_employee"
            ),
            "wwwwwwww": "hr it_admin provisioning",
        },
        "roles": {
            "rrrrrrrr": "hr auditor",
            "wwwwwwww": "it_admin",
        },
        "erase": {
            "-------a": "hr",
        },
        "break_glass": {
            "aaaaaaaa": "involved_hr it_admin",
        },
    }
)

CONDITIONS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("packet.sealed", "candidate"): "own_view",
        ("packet.pdf", "candidate"): "own_view",
        ("feedback.text", "manager"): "first_view_locked",
        ("feedback.count", "candidate"): "n3",
        ("decision.announce", "hr"): "second_person",
        ("analytics", "chair"): "n5",
        ("analytics", "hr"): "n5",
        ("erase", "hr"): "second_person",
        ("break_glass", "involved_hr"): "second_person",
        ("break_glass", "it_admin"): "second_person",
    }
)
