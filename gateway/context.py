"""Whose request it is, and its units of work.

Queries of one request share one unit of work, which is used by one resolver at a time; each mutation has its own and
commits it. Resolvers name a use case and its arguments:

    await info.context.read(assets.list_contracts)               # uow, principal
    await info.context.change(serving.promote, asset, version)    # the same, committed
    await info.context.ask(readings.history_bounds, asset_id)     # platform, principal, asset_id

A mutation that came with an idempotency key has its `claim` here; `change` then answers what was answered before.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from gateway.answers import Answers
from gateway.budgets import Account
from gateway.documents import Documents
from gateway.loaders import NODES, Loaders
from gateway.relay import Cursors, split_id
from gateway.tickets import Tickets
from gateway.workbench.links import Links
from services.budgets.contracts import Budget
from services.budgets.errors import BudgetSpent
from services.enclaves.platform import Platform
from services.kernel import idempotency
from services.kernel.acting import doing
from services.kernel.errors import DomainError, NotFound
from services.kernel.idempotency import Claim
from services.kernel.rights import Principal
from services.kernel.uow import UnitOfWork
from services.oidc.api import Issuers

R = TypeVar("R")


class RequestContext:
    """Of one GraphQL operation. Close it with `release`."""

    def __init__(
        self,
        platform: Platform,
        principal: Principal,
        account: Account,
        cursors: Cursors,
        answers: Answers,
        documents: Documents,
        issuers: Issuers,
        tickets: Tickets,
        workbenches: Links,
        host: str,
    ) -> None:
        self.platform = platform
        self.principal = principal
        self.account = account
        self.spent: BudgetSpent | None = None
        """Why the operation was not begun, if its cost was the reason."""
        self.cursors = cursors
        self.documents = documents
        self.issuers = issuers
        self.tickets = tickets
        self.workbenches = workbenches
        self.host = host
        self.loaders = Loaders(self)
        self.claim: Claim | None = None
        self._cost: int | None = None
        self._answers = answers
        self._unit: UnitOfWork | None = None
        self._turn = asyncio.Lock()

    def pay(self, cost: int) -> None:
        """Takes the operation's cost from the tenant's budget. Raises `BudgetSpent`."""
        self._cost = cost
        try:
            self.account.take(Budget.COST, cost)
        except BudgetSpent as spent:
            self.spent = spent
            raise

    def extensions(self) -> dict[str, Any]:
        """What an answer tells beside its data: the cost of the operation, and what is left for others."""
        if self._cost is None:
            return {}
        state = self.account.state(Budget.COST)
        reset = math.ceil(state.reset_seconds)
        known = {"limit": state.quota.burst, "remaining": state.remaining, "resetSeconds": reset}
        return {"extensions": {"cost": {"requested": self._cost, **known}}}

    async def read(self, use_case: Callable[..., Awaitable[R]], *arguments: Any, **named: Any) -> R:
        async with self._turn:
            if self._unit is None:
                self._unit = await self.platform.database.unit(self.principal.tenant).__aenter__()
            try:
                return await use_case(self._unit, self.principal, *arguments, **named)
            except DomainError:
                raise
            except BaseException:
                await self._close()
                raise

    async def read_or_none(self, use_case: Callable[..., Awaitable[R]], *arguments: Any, **named: Any) -> R | None:
        try:
            return await self.read(use_case, *arguments, **named)
        except NotFound:
            return None

    async def ask(self, use_case: Callable[..., Awaitable[R]], *arguments: Any, **named: Any) -> R:
        """For use cases that open their own units because they also need streams, objects or clusters."""
        return await use_case(self.platform, self.principal, *arguments, **named)

    async def change(self, use_case: Callable[..., Awaitable[R]], *arguments: Any, **named: Any) -> R:
        """Runs the use case in a unit of its own and commits it; what was read before is forgotten.

        Under a claim it runs once: whoever comes later is given the same answer.
        """
        await self.release()
        with doing(f"{use_case.__module__.split('.')[1]}.{use_case.__name__}"):
            return await self._changed(use_case, *arguments, **named)

    async def _changed(self, use_case: Callable[..., Awaitable[R]], *arguments: Any, **named: Any) -> R:
        claim = self.claim
        async with self.platform.database.unit(self.principal.tenant) as uow:
            if claim and (kept := await idempotency.claim(uow, claim, self.platform.clock())) is not None:
                return self._answers.open(use_case, kept)
            answer = await use_case(uow, self.principal, *arguments, **named)
            if claim:
                await idempotency.keep(uow, claim, self._answers.close(use_case, answer))
            await uow.commit()
        return answer

    async def node(self, id: str, kind: str | None = None) -> object | None:
        """The object of a global id, of `kind` if given; None when malformed, absent or not yours."""
        found, uuid = split_id(id)
        if uuid is None or found not in NODES or (kind is not None and found != kind):
            return None
        return await NODES[found](self, uuid)

    async def release(self) -> None:
        """Ends the shared unit of work and forgets what was loaded; the next read begins anew."""
        async with self._turn:
            await self._close()

    async def _close(self) -> None:
        unit, self._unit = self._unit, None
        self.loaders = Loaders(self)
        if unit is not None:
            await unit.__aexit__(None, None, None)
