"""Background work on PostgreSQL: deferred in the caller's transaction, run as an actor of the same house.

Jobs are named and deferred by key, never by import, so a lower layer can defer what a higher one does. Arguments
are ids only. `defer` goes through a definer function that takes house and member from the context.
"""

from eventos_core.operations.jobs.defer import defer
from eventos_core.operations.jobs.registry import HouseJob, house_job, long_job, nightly
from eventos_core.operations.jobs.worker import Worker, start_worker

__all__ = ["HouseJob", "Worker", "defer", "house_job", "long_job", "nightly", "start_worker"]
