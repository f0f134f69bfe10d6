"""Jobs that every house has from the start: they prove what it relies on."""

from __future__ import annotations

from typing import Any

from eventos_core.db.session import TenantSession
from eventos_core.kernel.errors import Conflict
from eventos_core.operations import audit, reconciling
from eventos_core.operations.jobs.registry import scheduled


@scheduled("reconcile", title="Prove stored figures", cron="30 3 * * *", attempts=1)
def reconcile(db: TenantSession) -> dict[str, Any]:
    """Recompute every stored figure from the facts and compare; differences count as a failure."""
    found = reconciling.differences(db)
    if found:
        first = found[0]
        raise Conflict(
            f"{len(found)} stored figures differ from the facts, first {first.what}:"
            f" {first.stored} stored, {first.computed} computed.",
            hint="An operator runs: python -m eventos_core reconcile",
        )
    return {"differences": 0}


@scheduled("verify_audit", title="Verify the audit chain", cron="0 4 * * 0", attempts=1)
def verify_audit(db: TenantSession) -> dict[str, Any]:
    """Recompute every seal of the house's audit trail; a broken chain counts as a failure."""
    state = audit.chain_state(db)
    if not state.whole:
        raise Conflict(
            f"Seal {state.broken_seal} of the audit trail does not hold: {state.problem}.",
            hint="Tell the operator of this installation; do not delete anything.",
        )
    return {"entries sealed": state.sealed, "entries waiting": state.unsealed}
