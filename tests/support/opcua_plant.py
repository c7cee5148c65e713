"""A real OPC UA server, with a history that survives its restarts."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from andon_opcua.certificates import own
from andon_opcua.settings import OpcUaSettings
from andon_opcua.source import OpcUaSource
from asyncua import Server, ua
from asyncua.common.node import Node
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.internal_subscription import InternalSubscription

from andon_sdk.connector import ConnectorError

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
URI = "http://plant.example/boilers"
Key = tuple[str, datetime]


def at(tick: int) -> datetime:
    return BEGIN + timedelta(seconds=tick)


def number(value: float, tick: int, status: int = 0) -> ua.DataValue:
    return ua.DataValue(ua.Variant(value, ua.VariantType.Double), ua.StatusCode(status), at(tick))


class Users:
    def get_user(self, iserver, username=None, password=None, certificate=None) -> User | None:
        return User(UserRole.User) if username is None or (username, password) == ("edge", "boil") else None


class Plant:
    """`names` are the boilers' temperatures; each has its history. Its one user is `edge`, with the password `boil`."""

    def __init__(self, *names: str, certificates: Path | None = None) -> None:
        self.names, self.port = names, 0
        self.history: dict[str, list[ua.DataValue]] = {name: [] for name in names}
        self.nodes: dict[str, Node] = {}
        self.identity = own(certificates) if certificates else None

    async def start(self) -> None:
        self.server = Server(user_manager=Users())
        await self.server.init()
        self.server.set_endpoint(f"opc.tcp://127.0.0.1:{self.port}")
        kinds = ua.SecurityPolicyType
        self.server.set_security_policy([kinds.NoSecurity])
        if self.identity:
            self.server.set_security_policy([kinds.NoSecurity, kinds.Basic256Sha256_SignAndEncrypt])
            await self.server.set_application_uri(self.identity.uri)
            await self.server.load_certificate(self.identity.certificate)
            await self.server.load_private_key(self.identity.private_key)
        self.space = await self.server.register_namespace(URI)
        self.folder = await self.server.nodes.objects.add_folder(self.space, "Boilers")
        storage = self.server.iserver.history_manager.storage
        for name in self.names:
            node = await self.folder.add_variable(ua.NodeId(name, self.space), name, 0.0, ua.VariantType.Double)
            storage._datachanges[node.nodeid] = self.history[name]
            storage._datachanges_period[node.nodeid] = (None, 0)
            self.nodes[name] = node
            last = self.history[name][-1] if self.history[name] else number(0.0, 0)
            await self.server.write_attribute_value(node.nodeid, last)
        await self.server.start()
        self.port = self.server.bserver.port

    async def write(self, name: str, data: ua.DataValue) -> None:
        self.history[name].append(data)
        await self.server.write_attribute_value(self.nodes[name].nodeid, data)

    async def stop(self) -> None:
        await self.server.stop()

    async def cut(self) -> None:
        """The network is gone; the plant goes on."""
        await self.server.bserver.stop()

    async def mend(self) -> None:
        await self.server.bserver.start()

    @property
    def subscription(self) -> InternalSubscription:
        """The newest of a client; those of clients that went away unseen live on for a while."""
        held = self.server.iserver.subscription_service.subscriptions.values()
        return [subscription for subscription in held if subscription.pub_request_callback][-1]

    @property
    def url(self) -> str:
        return f"opc.tcp://127.0.0.1:{self.port}"

    def settings(self, **more: object) -> OpcUaSettings:
        return OpcUaSettings.model_validate(
            {"url": self.url, "publishing": 0.05, "sampling": 0, "silence": 10, "timeout": 10, **more}
        )


def tag(name: str) -> str:
    return f"nsu={URI};s={name}"


class Received:
    """What a source streamed, in order."""

    def __init__(self) -> None:
        self.rows: list[dict] = []
        self.broken: ConnectorError | None = None
        self._came = asyncio.Event()

    async def read(self, source: OpcUaSource, tags: Sequence[str], since: Mapping[str, datetime]) -> None:
        try:
            async for batch in source.stream(tags, since):
                self.rows += batch.to_pylist()
                self._came.set()
        except ConnectorError as error:
            self.broken = error
            self._came.set()
            raise

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.rows) < count:
                if self.broken:
                    raise self.broken
                self._came.clear()
                await self._came.wait()

    def newest(self) -> dict[str, datetime]:
        return {row["tag"]: row["time"] for row in self.rows}

    async def end(self, task: asyncio.Task[None]) -> None:
        """Waits for the stream to break, for as long as a test may."""
        try:
            async with asyncio.timeout(20):
                await task
        finally:
            self.broken = None

    def of(self, name: str) -> list[tuple[datetime, float | None, int]]:
        return [(row["time"], row["value"], row["quality"]) for row in self.rows if row["tag"] == name]


@asynccontextmanager
async def streaming(
    settings: OpcUaSettings, tags: Sequence[str], since: Mapping[str, datetime] | None = None
) -> AsyncIterator[tuple[Received, asyncio.Task[None]]]:
    source, received = OpcUaSource(settings), Received()
    await source.open()
    task = asyncio.create_task(received.read(source, tags, since or {}))
    try:
        yield received, task
    finally:
        await source.close()
        await asyncio.wait([task])
