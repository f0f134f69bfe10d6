"""Job of integrations: trying a service for who asked for it and looks later."""

from __future__ import annotations

from eventos_core.kernel.credentials import JobCredential
from eventos_core.operations.integrations import testing
from eventos_core.operations.jobs.registry import long_job


@long_job(testing.TRY, title="Try a service")
def try_integration(credential: JobCredential, *, integration_id: int) -> None:
    """Try a connected service."""
    testing.try_connection(credential, integration_id)
