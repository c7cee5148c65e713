"""One list of everything long that somebody asked for."""

from services.bulk import model
from services.bulk.contracts import Job, JobKind, JobQuery
from services.bulk.repository import Bulk
from services.bulk.shown import transfer
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.rollouts import api as rollouts
from services.training import api as training


async def list_jobs(uow: UnitOfWork, principal: Principal, query: JobQuery) -> list[Job]:
    """A page of runs, rollouts, imports and exports together, newest first: ids are ordered in time, so each service is
    asked for a page behind the same id, and the newest of all are shown. As many statements however long the lists."""
    principal.require(Permission.VIEW)
    wanted, first, after = set(query.states or ()), query.first, query.after
    found: list[Job] = []
    if JobKind.RUN in query.kinds:
        states = None if query.states is None else [one for one, job in model.RUN_STATES.items() if job in wanted]
        found += await training.list_runs(uow, principal, first=first, after=after, states=states)
    if JobKind.ROLLOUT in query.kinds:
        states = None if query.states is None else [one for one, job in model.ROLLOUT_STATES.items() if job in wanted]
        found += await rollouts.list_rollouts(uow, principal, first, after, states)
    if kinds := [kind.value for kind in query.kinds if kind in (JobKind.IMPORT, JobKind.EXPORT)]:
        found += [transfer(row) for row in await Bulk(uow).page(kinds, query.states, first, after)]
    return sorted(found, key=lambda job: job.id, reverse=True)[:first]
