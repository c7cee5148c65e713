"""A subscription to many tags: made in bulk, published ahead, and nothing of it lost unseen.

Several publish requests are always on their way, so that a notification never waits for one. Notifications are
numbered: a number that is missing is asked for again, and where the server has it no longer the subscription counts as
broken, so that history fills the gap. A server that sends neither values nor keep-alives is away.
OPC 10000-4, 5.13 and 5.14.
"""
# pyright: reportPrivateImportUsage=false, reportArgumentType=false
# asyncua re-exports its names without saying so, and has types of its own for numbers that take Python's.

import asyncio
import logging
import struct
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from asyncua import Client, ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary

from andon_opcua.addresses import Address
from andon_opcua.decoding import Values, decode
from andon_opcua.session import ask
from andon_opcua.settings import OpcUaSettings
from andon_opcua.values import elements
from andon_sdk.connector import SourceUnavailable

log = logging.getLogger(__name__)

AHEAD = 3
"""Publish requests on their way at once."""
ITEMS_A_CALL = 2_000
LONGEST_NOTIFICATION = 50_000
LIFETIME_S = 120
"""For which the server keeps a subscription that nobody asks for values any more."""
DATA_CHANGE = ua.ObjectIds.DataChangeNotification_Encoding_DefaultBinary
STATUS_CHANGE = ua.ObjectIds.StatusChangeNotification_Encoding_DefaultBinary
TOO_MANY = {ua.StatusCodes.BadTooManyOperations, ua.StatusCodes.BadRequestTooLarge, ua.StatusCodes.BadResponseTooLarge}
LARGEST_NUMBER = 2**32 - 1
"""After it, numbers begin with 1 again."""
MOST_MISSING = 1_000


@dataclass(slots=True)
class Notification:
    number: int
    values: list[Values] = field(default_factory=list)
    ended: ua.StatusCode | None = None


class Subscription:
    """Monitors addresses; client handles are their places in the list."""

    def __init__(self, client: Client, settings: OpcUaSettings, addresses: list[Address]) -> None:
        self._client, self._settings, self._addresses = client, settings, addresses
        self._of = elements(addresses)
        self._id = 0
        self._silence = settings.silence
        self._acknowledged: list[int] = []
        self._next = 1

    async def create(self) -> dict[int, str]:
        """Makes the subscription and its items; answers the places that the server refused, with its word for it."""
        request = ua.CreateSubscriptionRequest()
        interval = self._settings.publishing * 1000
        asked = request.Parameters
        asked.RequestedPublishingInterval = interval
        # Three keep-alives within the silence that counts as being away.
        asked.RequestedMaxKeepAliveCount = max(1, int(self._settings.silence * 1000 / interval / 3))
        asked.RequestedLifetimeCount = max(3 * asked.RequestedMaxKeepAliveCount, int(LIFETIME_S * 1000 / interval))
        asked.MaxNotificationsPerPublish = LONGEST_NOTIFICATION
        asked.PublishingEnabled = True
        made = struct_from_binary(ua.CreateSubscriptionResult, await ask(self._client, request))
        self._id = made.SubscriptionId
        promised = made.RevisedPublishingInterval / 1000 * max(made.RevisedMaxKeepAliveCount, 1)
        if promised * 1.5 > self._silence:
            log.warning(
                "%s sends keep-alives each %.3g s only: it counts as away after %.3g s of silence",
                self._settings.url,
                promised,
                promised * 1.5,
            )
            self._silence = promised * 1.5
        return await self._monitor()

    async def _monitor(self) -> dict[int, str]:
        refused: dict[int, str] = {}
        at, size = 0, ITEMS_A_CALL
        while at < len(self._addresses):
            places = range(at, min(at + size, len(self._addresses)))
            request = ua.CreateMonitoredItemsRequest()
            request.Parameters.SubscriptionId = self._id
            request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
            request.Parameters.ItemsToCreate = [self._item(place) for place in places]
            try:
                results = await self._client.uaclient.session.create_monitored_items(request.Parameters)
            except ua.UaStatusCodeError as error:
                if error.code not in TOO_MANY or size == 1:
                    raise
                size //= 2
                continue
            for place, result in zip(places, results, strict=True):
                if not result.StatusCode.is_good():
                    refused[place] = result.StatusCode.name
            at += size
        return refused

    def _item(self, place: int) -> ua.MonitoredItemCreateRequest:
        address = self._addresses[place]
        item = ua.MonitoredItemCreateRequest()
        item.ItemToMonitor.NodeId = address.node
        item.ItemToMonitor.AttributeId = ua.AttributeIds.Value
        if address.index is not None:
            item.ItemToMonitor.IndexRange = str(address.index)
        item.MonitoringMode = ua.MonitoringMode.Reporting
        asked = item.RequestedParameters
        asked.ClientHandle = place
        asked.SamplingInterval = self._settings.sampling * 1000
        asked.QueueSize = self._settings.queue_size
        asked.DiscardOldest = True
        if self._settings.every_update:
            asked.Filter = ua.DataChangeFilter(Trigger=ua.DataChangeTrigger.StatusValueTimestamp)
        return item

    async def notifications(self) -> AsyncIterator[list[Values]]:
        """Values of each notification, in the server's order. The next one is asked for when the ones before are safe,
        and only then are they acknowledged. Raises `SourceUnavailable`."""
        waiting: deque[asyncio.Task[Buffer]] = deque()
        ahead = AHEAD
        try:
            while True:
                while len(waiting) < ahead:
                    waiting.append(asyncio.create_task(ask(self._client, self._publish(), patient=True)))
                try:
                    async with asyncio.timeout(self._silence):
                        response = await waiting[0]
                except TimeoutError as error:
                    raise SourceUnavailable(
                        f"{self._settings.url} sent nothing for {self._silence:g} s, no keep-alive either."
                    ) from error
                except ua.uaerrors.BadTooManyPublishRequests:
                    if ahead == 1:
                        raise
                    ahead -= 1
                    waiting.popleft()
                    continue
                waiting.popleft()
                for notification in await self._in_order(self._read(response)):
                    if notification.values:
                        yield notification.values
                    self._acknowledged.append(notification.number)
                    if notification.ended is not None:
                        raise SourceUnavailable(
                            f"{self._settings.url} ended the subscription: {notification.ended.name}."
                        )
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def _publish(self) -> ua.PublishRequest:
        request = ua.PublishRequest()
        request.Parameters.SubscriptionAcknowledgements = [
            ua.SubscriptionAcknowledgement(self._id, number) for number in self._acknowledged
        ]
        self._acknowledged = []
        return request

    def _read(self, response: Buffer) -> Notification | None:
        """A response as a notification; None for a keep-alive, or for another subscription's."""
        data = bytes(response)
        subscription, available = struct.unpack_from("<Ii", data)
        at = 8 + 4 * max(available, 0) + 1
        number, _, count = struct.unpack_from("<Iqi", data, at)
        if subscription != self._id or count <= 0:
            return None
        return self._parts(Notification(number), data, at + 16, count)

    def _parts(self, notification: Notification, data: bytes, at: int, count: int) -> Notification:
        for _ in range(count):
            buffer = Buffer(data, at, len(data) - at)
            kind = nodeid_from_binary(buffer).Identifier
            at = buffer.cur_pos + 1
            (size,) = struct.unpack_from("<i", data, at)
            at += 4
            if kind == DATA_CHANGE:
                notification.values.append(decode(data, at, handles=True, of=self._of)[0])
            elif kind == STATUS_CHANGE:
                notification.ended = struct_from_binary(ua.StatusChangeNotification, Buffer(data, at, size)).Status
            at += size
        return notification

    async def _in_order(self, notification: Notification | None) -> list[Notification]:
        """The notification behind those before it that did not come, which are asked for again."""
        if notification is None:
            return []
        missing: list[Notification] = []
        while self._next != notification.number:
            if (notification.number - self._next) % 2**32 > MOST_MISSING:
                raise SourceUnavailable(
                    f"{self._settings.url} sent notification {notification.number} in place of {self._next}."
                )
            missing.append(await self._again(self._next))
            self._next = self._next % LARGEST_NUMBER + 1
        self._next = self._next % LARGEST_NUMBER + 1
        return [*missing, notification]

    async def _again(self, number: int) -> Notification:
        request = ua.RepublishRequest()
        request.Parameters.SubscriptionId = self._id
        request.Parameters.RetransmitSequenceNumber = number
        try:
            data = bytes(await ask(self._client, request))
        except ua.UaStatusCodeError as error:
            raise SourceUnavailable(
                f"{self._settings.url} lost notification {number} ({ua.StatusCode(error.code).name})."
            ) from error
        sent, _, count = struct.unpack_from("<Iqi", data)
        if sent != number or count <= 0:
            raise SourceUnavailable(f"{self._settings.url} lost notification {number}.")
        return self._parts(Notification(number), data, 16, count)
