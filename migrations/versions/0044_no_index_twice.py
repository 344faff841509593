"""An index whose columns another one of the table begins with goes: each row was written into both.

Revision: 0044
"""

from __future__ import annotations

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

INDEXES = {
    "case": {"ix_case_cycle_state": ["cycle_id", "state"], "ix_case_committee_id": ["committee_id"]},
    "committee_member": {"ix_committee_member_committee_id": ["committee_id"]},
    "conflict": {"ix_conflict_case_id": ["case_id"]},
    "cycle_date": {"ix_cycle_date_cycle_id": ["cycle_id"]},
    "cycle_workflow": {"ix_cycle_workflow_cycle_id": ["cycle_id"]},
    "eligibility_ruling": {"ix_eligibility_ruling_cycle_id": ["cycle_id"]},
    "evidence_tag": {"ix_evidence_tag_evidence_id": ["evidence_id"]},
    "feedback": {"ix_feedback_case_id": ["case_id"]},
    "feedback_answer": {"ix_feedback_answer_feedback_id": ["feedback_id"]},
    "gap_answer": {"ix_gap_answer_gap_id": ["gap_id"]},
    "opt_out": {"ix_opt_out_cycle_id": ["cycle_id"]},
    "packet": {"ix_packet_case_id": ["case_id"]},
    "packet_file": {"ix_packet_file_packet_id": ["packet_id"]},
    "panel_score": {"ix_panel_score_case_id": ["case_id"]},
    "rating": {"ix_rating_case_id": ["case_id"]},
    "rating_change": {"ix_rating_change_case_id": ["case_id"]},
    "rating_line": {"ix_rating_line_rating_id": ["rating_id"]},
    "release_item": {"ix_release_item_release_id": ["release_id"]},
    "role_grant": {"ix_role_grant_person_id": ["person_id"]},
    "seat": {"ix_seat_case_id": ["case_id"]},
    "self_review": {"ix_self_review_case_id": ["case_id"]},
    "timer": {"ix_timer_case_id": ["case_id"]},
    "vote": {"ix_vote_seat_id": ["seat_id"]},
    "vote_line": {"ix_vote_line_vote_id": ["vote_id"]},
}


def upgrade() -> None:
    for table, indexes in INDEXES.items():
        for name in indexes:
            op.drop_index(name, table_name=table)


def downgrade() -> None:
    for table, indexes in INDEXES.items():
        for name, columns in indexes.items():
            op.create_index(name, table, columns, unique=False)
