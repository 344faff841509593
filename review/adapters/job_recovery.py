"""What the job engine (DBOS) keeps of jobs: those of dead workers are put back, those that ended are deleted."""

from __future__ import annotations

from datetime import UTC, datetime

from dbos import DBOS

from review.adapters.job_slots import SlotLocks

FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


def resume_orphans(locks: SlotLocks, own_name: str) -> list[str]:
    """Put the running jobs of dead workers back into their queues; return their keys."""
    running = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    resumed = []
    for name in sorted({str(workflow.executor_id) for workflow in running} - {own_name}):
        if not locks.hold(name):
            continue
        try:
            for workflow in running:
                if workflow.executor_id == name:
                    DBOS.resume_workflow(workflow.workflow_id, queue_name=workflow.queue_name)
                    resumed.append(workflow.workflow_id)
        finally:
            locks.drop(name)
    return resumed


def delete_finished(before: datetime) -> int:
    """Delete the engine's rows of jobs that ended before a moment; return how many."""
    moment = before.astimezone(UTC).isoformat()
    finished = DBOS.list_workflows(
        status=FINISHED, completed_before=moment, limit=1000, load_input=False, load_output=False
    )
    if finished:
        DBOS.delete_workflows([workflow.workflow_id for workflow in finished])
    return len(finished)
