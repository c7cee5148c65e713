"""Fixtures of notifications: a tenant's machines, subscriptions and mail server, with a clock that is set by hand."""

import ssl
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from mail_receiver import MailReceiver, mail_receiver, make_certificate

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import Asset, Label, NewAsset
from services.enclaves.platform import Platform
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.outward import Outward
from services.kernel.reach import Reach
from services.monitoring.tables import AlarmRow, CaseRow
from services.notifications import api, jobs
from services.notifications.contracts import (
    Mail,
    MailSecurity,
    NewMailServer,
    NewSubscription,
    NotificationType,
    Subscription,
)
from services.notifications.sender import Sender

REACH = Reach.of("127.0.0.0/8")
SENDER = "andon@acme.example"


@dataclass
class Plant:
    """What a tenant's admin does, what happens to its machines, and what the worker does."""

    local: Any
    tenant: Any
    principal: Any
    platform: Platform
    machines: list[Asset]
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    later: timedelta = timedelta()
    reach: Reach = REACH
    names: dict[str, list[str]] = field(default_factory=dict)
    """Where host names lead."""

    async def do(self, use_case: Callable[..., Any], *arguments: Any) -> Any:
        """A use case in a unit of its own, committed."""
        async with self.local.unit(self.tenant) as uow:
            answer = await use_case(uow, self.principal, *arguments)
            await uow.commit()
        return answer

    async def server(
        self, port: int, security: MailSecurity = MailSecurity.NONE, *login: str, host: str = "127.0.0.1"
    ) -> None:
        port = port if port >= 1024 else 1024 + port
        new = NewMailServer(host, port, security, SENDER, *login)
        await self.do(api.set_server, self.platform.ground, REACH, new)

    async def subscription(self, **known: Any) -> Subscription:
        usual: dict[str, Any] = {
            "name": "Shift", "types": (NotificationType.ALARM_RAISED,), "addresses": ("ana@acme.example",),
        }  # fmt: skip
        return await self.do(api.create_subscription, NewSubscription(**usual | known))

    async def alarms(self, *machines: int, **known: Any) -> list[UUID]:
        """Alarms are raised, and the news of them arrives as the queue brings it."""
        async with self.local.unit(self.tenant) as uow:
            found = [await self._alarm(uow, self.machines[each], **known) for each in machines]
            await uow.session.flush()
            await uow.commit()
        await self.news("monitoring.alarms_raised", alarm_ids=[str(each) for each in found], state="active")
        return found

    async def _alarm(self, uow: Any, machine: Asset, **known: Any) -> UUID:
        now = self.now()
        case = CaseRow(tenant_id=uow.tenant, asset_id=machine.id, title="Unlike before", opened_at=now, closed_at=now)
        uow.session.add(case)
        await uow.session.flush()
        usual: dict[str, Any] = {
            "rule": "watch", "raised_at": now, "peak": 2.345, "top": [["pressure", 0.62], ["flow", 0.21]],
            "cleared_at": now,
        }  # fmt: skip
        alarm = AlarmRow(tenant_id=uow.tenant, asset_id=machine.id, case_id=case.id, **usual | known)
        uow.session.add(alarm)
        return alarm.id

    async def news(self, source: str, **payload: Any) -> dict[str, Any]:
        """News arrives; answers the payload, so that it may arrive again."""
        payload.setdefault("news", {"sequence": new_id().int % 10**9, "at": utc_now().isoformat()})
        await jobs.note(source, replace(self.platform, clock=self.now), self.tenant.id, payload)
        return payload

    def now(self) -> datetime:
        return utc_now() + self.later

    async def look(self) -> None:
        """The consumer looks once, by our clock."""
        platform = replace(self.platform, clock=self.now)
        sender = Sender(platform, self.tenant.id, Outward(self.reach, self._resolve, self.tls))
        with ThreadPoolExecutor(2) as threads:
            await sender.look(threads)

    async def _resolve(self, host: str, port: int) -> list[str]:
        return self.names.get(host, [host])

    async def mails(self, of: Subscription, **filters: Any) -> list[Mail]:
        """Newest first."""
        async with self.local.unit(self.tenant) as uow:
            return await api.list_mails(uow, self.principal, of.id, **filters)


@pytest.fixture(scope="module")
async def machines(platform: Any, tenant: Any, principal: Any) -> list[Asset]:
    """Two presses of Suwon, of line 1 and 2, and one of Vienna."""
    name = new_id().hex[-12:]
    signals = (Signal("pressure", "Pressure", "bar", 0, 9), Signal("flow", "Flow", "L/min", 0, 1))
    places = [("Suwon", "Line 1", "a"), ("Suwon", "Line 2", "b"), ("Vienna", "Line 1", "a")]
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, principal, Contract(f"c-{name}", "Contract", signals, 1.0))
        new = [
            NewAsset(f"press-{name}-{i}", f"Press {i}", site, line, f"c-{name}", labels=(Label("team", team),))
            for i, (site, line, team) in enumerate(places)
        ]
        made = await assets.create_assets(uow, principal, new)
        await uow.commit()
    return sorted(made, key=lambda asset: asset.key)


@pytest.fixture
async def plant(platform: Any, tenant: Any, principal: Any, machines: list[Asset]) -> AsyncIterator[Plant]:
    """Without subscriptions and server, whatever the test before made."""
    opened = replace(platform.platform, reach=REACH, public_url="https://andon.acme.example")
    found = Plant(platform, tenant, principal, opened, machines)
    yield found
    async with platform.unit(tenant) as uow:
        for each in await api.list_subscriptions(uow, principal):
            await api.delete_subscription(uow, principal, each.id)
        if await api.get_server(uow, principal):
            await api.remove_server(uow, principal)
        await uow.commit()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture
async def receiver() -> AsyncIterator[MailReceiver]:
    async with mail_receiver() as found:
        yield found
