"""SQLAlchemy tables and their constraints; no Flask."""

from __future__ import annotations

from review.models.audit import AuditEvent, AuditHead, PersonKey
from review.models.base import Base
from review.models.book import Book, BookPart
from review.models.bulk import BulkStep, BulkStepCase
from review.models.case import Case, CaseNote, CaseToken, RequestKey, Timer
from review.models.committee import Committee, CommitteeMember, Conflict, Meeting, PulledCase, Seat
from review.models.cycle import Cycle, CycleDate, CycleWorkflow, EligibilityRuling, OptOut
from review.models.decision import (
    Appeal,
    CheckIn,
    Decision,
    Gap,
    GapAnswer,
    GrowthItem,
    GrowthPlan,
    Letter,
    Release,
    ReleaseItem,
    ReleaseRun,
)
from review.models.delegation import Delegation
from review.models.emergency import EmergencyAccess
from review.models.evidence import Evidence, EvidenceTag, SelfReview
from review.models.example import ExampleRating
from review.models.feedback import Feedback, FeedbackAnswer, FeedbackSummary
from review.models.group import GroupAttribute, GroupValue
from review.models.identity import Identity, PasswordReset, SpentToken
from review.models.integration import ApiToken, Hook, HookDelivery
from review.models.kept_columns import TRIGGERS, make_triggers
from review.models.ladder import LadderDraft, LadderVersion
from review.models.message import Message
from review.models.nomination import NominationRun
from review.models.outside import Invite, InviteLink
from review.models.own_view import CalendarFeed, KeptView
from review.models.packet import Packet, PacketCopy, PacketFile
from review.models.past_case import PastCase, PastImport
from review.models.people_import import PeopleImport
from review.models.person import Employment, Person, RoleGrant, SignIn, SignInAttempt
from review.models.policy import PolicyVersion
from review.models.printing import PrintJob
from review.models.privacy import Erasure, LegalHold, Redaction, RetentionRun, SubjectRequest, Tombstone
from review.models.provisioning import ScimGroup, ScimMember, ScimToken, ScimUser
from review.models.rating import PanelScore, Rating, RatingChange, RatingLine
from review.models.rehearsal import Rehearsal
from review.models.vote import DiscussionNote, Vote, VoteLine
from review.models.wording import Wording, WordingVersion
from review.models.workflow import WorkflowDraft, WorkflowVersion

__all__ = [
    "TRIGGERS",
    "ApiToken",
    "Appeal",
    "AuditEvent",
    "AuditHead",
    "Base",
    "Book",
    "BookPart",
    "BulkStep",
    "BulkStepCase",
    "CalendarFeed",
    "Case",
    "CaseNote",
    "CaseToken",
    "CheckIn",
    "Committee",
    "CommitteeMember",
    "Conflict",
    "Cycle",
    "CycleDate",
    "CycleWorkflow",
    "Decision",
    "Delegation",
    "DiscussionNote",
    "EligibilityRuling",
    "EmergencyAccess",
    "Employment",
    "Erasure",
    "Evidence",
    "EvidenceTag",
    "ExampleRating",
    "Feedback",
    "FeedbackAnswer",
    "FeedbackSummary",
    "Gap",
    "GapAnswer",
    "GroupAttribute",
    "GroupValue",
    "GrowthItem",
    "GrowthPlan",
    "Hook",
    "HookDelivery",
    "Identity",
    "Invite",
    "InviteLink",
    "KeptView",
    "LadderDraft",
    "LadderVersion",
    "LegalHold",
    "Letter",
    "Meeting",
    "Message",
    "NominationRun",
    "OptOut",
    "Packet",
    "PacketCopy",
    "PacketFile",
    "PanelScore",
    "PasswordReset",
    "PastCase",
    "PastImport",
    "PeopleImport",
    "Person",
    "PersonKey",
    "PolicyVersion",
    "PrintJob",
    "PulledCase",
    "Rating",
    "RatingChange",
    "RatingLine",
    "Redaction",
    "Rehearsal",
    "Release",
    "ReleaseItem",
    "ReleaseRun",
    "RequestKey",
    "RetentionRun",
    "RoleGrant",
    "ScimGroup",
    "ScimMember",
    "ScimToken",
    "ScimUser",
    "Seat",
    "SelfReview",
    "SignIn",
    "SignInAttempt",
    "SpentToken",
    "SubjectRequest",
    "Timer",
    "Tombstone",
    "Vote",
    "VoteLine",
    "Wording",
    "WordingVersion",
    "WorkflowDraft",
    "WorkflowVersion",
    "make_triggers",
]
