"""What the record says of ladders, policies, workflows and words: what a company sets for all its cycles."""

from __future__ import annotations

from review.domain.text import text

OF_RULES = {
    "ladder.discard": text("Discarded a proposal of a ladder"),
    "ladder.draft": text("Wrote a draft of a ladder"),
    "ladder.propose": text("Proposed a ladder"),
    "ladder.publish": text("Published a ladder"),
    "policy.propose": text("Proposed a policy"),
    "policy.publish": text("Put a policy into force"),
    "policy.discard": text("Discarded a policy that was proposed"),
    "words.change": text("Changed the words of a mail"),
    "words.discard": text("Took proposed words of the letter away"),
    "words.propose": text("Proposed words of the letter"),
    "words.publish": text("Published words of the letter"),
    "words.reset": text("Went back to the shipped words of a mail"),
    "words.test": text("Tried words with made-up values"),
    "workflow.propose": text("Proposed a workflow"),
    "workflow.publish": text("Published a workflow"),
    "workflow.discard": text("Discarded a workflow"),
    "workflow.start_draft": text("Began a draft of a workflow"),
    "workflow.draft": text("Wrote at a draft of a workflow"),
    "workflow.discard_draft": text("Threw a draft of a workflow away"),
    "workflow.migrate": text("Moved a case to another version of its workflow"),
}
