"""A destination: the alarm of an asset as a value of a node, for a light, a display or a controller that asks for it.

Written to are the nodes that the settings name and no others, with one of two values that the settings name, and only
while the interlock says so. Before the first write every node is looked at: one that is missing, of another type or not
writable is told at the start, not in the night of the first alarm.
"""
# pyright: reportPrivateImportUsage=false, reportArgumentType=false
# asyncua re-exports its names without saying so, and has types of its own for numbers that take Python's.

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from asyncua import Client, ua

from andon_opcua import addresses
from andon_opcua.alarm_settings import AlarmSettings, Value
from andon_opcua.session import connect, failures
from andon_sdk.connector import SettingsRefused, SourceUnavailable
from andon_sdk.destination import DestinationUnavailable, Notice, Undeliverable

WHOLE = {
    ua.VariantType.SByte: (-(2**7), 2**7 - 1),
    ua.VariantType.Byte: (0, 2**8 - 1),
    ua.VariantType.Int16: (-(2**15), 2**15 - 1),
    ua.VariantType.UInt16: (0, 2**16 - 1),
    ua.VariantType.Int32: (-(2**31), 2**31 - 1),
    ua.VariantType.UInt32: (0, 2**32 - 1),
    ua.VariantType.Int64: (-(2**63), 2**63 - 1),
    ua.VariantType.UInt64: (0, 2**64 - 1),
}
"""Types of whole numbers, with the least and the largest."""
BROKEN = {ua.StatusCodes.BadSessionClosed, ua.StatusCodes.BadSessionIdInvalid, ua.StatusCodes.BadSecureChannelClosed}


@dataclass(frozen=True, slots=True)
class _Target:
    node: ua.NodeId
    kind: ua.VariantType


class Alarms:
    def __init__(self, settings: AlarmSettings, folder: Path) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._targets: dict[str, _Target] = {}
        self._interlock: ua.NodeId | None = None
        self._written: dict[str, float] = {}

    async def open(self) -> None:
        try:
            self._client = await connect(self._settings)
            async with failures(self._settings.url):
                namespaces = [uri or "" for uri in await self._client.get_namespace_array()]
                if self._settings.interlock is not None:
                    self._interlock = _node(self._settings.interlock, namespaces, "interlock")
                    await self._read(self._interlock, "interlock")
                for asset, address in self._settings.nodes.items():
                    field = f"nodes.{asset}"
                    self._targets[asset] = await self._target(_node(address, namespaces, field), field)
        except SourceUnavailable as error:
            raise DestinationUnavailable(str(error)) from error

    async def deliver(self, notice: Notice) -> None:
        """News of an asset that no node is named for is nothing to do."""
        target = self._targets.get(notice.asset)
        if target is None:
            return
        pause = self._written.get(notice.asset, 0.0) + self._settings.pause - monotonic()
        if notice.asset in self._written and pause > 0:
            await asyncio.sleep(pause)
        try:
            async with failures(self._settings.url):
                await self._locked()
                await self._write(target, self._settings.on if notice.on else self._settings.off)
        except SourceUnavailable as error:
            raise DestinationUnavailable(str(error)) from error
        self._written[notice.asset] = monotonic()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError, TimeoutError, ua.UaError):  # the server may be gone
                await client.disconnect()

    @property
    def _connected(self) -> Client:
        assert self._client is not None, "open comes first"
        return self._client

    async def _locked(self) -> None:
        """Raises `DestinationUnavailable` unless the interlock allows writing."""
        if self._interlock is None:
            return
        said = await self._read(self._interlock, "interlock")
        status, value = said.StatusCode or ua.StatusCode(), said.Value.Value if said.Value else None
        if not status.is_good():
            raise DestinationUnavailable(f"the interlock is {status.name}: nothing is written")
        if value != self._settings.interlock_is:
            raise DestinationUnavailable(
                f"the interlock says {value!r} and not {self._settings.interlock_is!r}: nothing is written"
            )

    async def _read(self, node: ua.NodeId, field: str) -> ua.DataValue:
        data = await self._connected.get_node(node).read_data_value(raise_on_bad_status=False)
        if data.StatusCode is not None and data.StatusCode.value in (
            ua.StatusCodes.BadNodeIdUnknown,
            ua.StatusCodes.BadNotReadable,
            ua.StatusCodes.BadUserAccessDenied,
        ):
            raise SettingsRefused(f"{node.to_string()} is {data.StatusCode.name}", field=field)
        return data

    async def _target(self, node: ua.NodeId, field: str) -> _Target:
        """Raises `SettingsRefused` for a node that could not be written with both values."""
        looked = self._connected.get_node(node)
        try:
            kind = await looked.read_data_type_as_variant_type()
            access = await looked.get_user_access_level()
        except ua.UaStatusCodeError as error:
            raise SettingsRefused(f"{node.to_string()} is {ua.StatusCode(error.code).name}", field=field) from error
        if ua.AccessLevel.CurrentWrite not in access:
            raise SettingsRefused(f"{node.to_string()} may not be written by this user", field=field)
        for name in ("on", "off"):
            if not fits(getattr(self._settings, name), kind):
                value = getattr(self._settings, name)
                raise SettingsRefused(f"{value!r} is no {kind.name}, which {node.to_string()} is", field=name)
        return _Target(node, kind)

    async def _write(self, target: _Target, value: Value) -> None:
        number = float(value) if target.kind in (ua.VariantType.Float, ua.VariantType.Double) else value
        data = ua.DataValue(ua.Variant(number, target.kind))  # many servers refuse a status or a time
        try:
            await self._connected.get_node(target.node).write_attribute(ua.AttributeIds.Value, data)
        except ua.UaStatusCodeError as error:
            if error.code in BROKEN:
                raise
            said = ua.StatusCode(error.code).name
            raise Undeliverable(
                f"{self._settings.url} refused {value!r} for {target.node.to_string()}: {said}"
            ) from error


def fits(value: Value, kind: ua.VariantType) -> bool:
    """Whether a node of this type can hold it."""
    if isinstance(value, bool) or kind is ua.VariantType.Boolean:
        return isinstance(value, bool) and kind is ua.VariantType.Boolean
    if kind in WHOLE:
        low, high = WHOLE[kind]
        return isinstance(value, int) and low <= value <= high
    return kind in (ua.VariantType.Float, ua.VariantType.Double)


def _node(address: str, namespaces: list[str], field: str) -> ua.NodeId:
    try:
        found = addresses.parse(address, namespaces)
    except addresses.BadAddress as error:
        raise SettingsRefused(str(error), field=field) from error
    if found.index is not None:
        raise SettingsRefused(f"{address} is an element of an array; name a node of its own", field=field)
    return found.node
