"""All edge nodes of a broker, by what they say, and which of them are to be asked for their births."""

from collections.abc import Callable, Iterator

from andon_mqtt.rows import Rows
from andon_mqtt.session import Message
from andon_mqtt.sparkplug import node, wire
from andon_mqtt.sparkplug.node import EdgeNode
from andon_mqtt.tally import Tally
from andon_mqtt.values import Unreadable
from andon_sdk.connector import Tag

NAMESPACE = "spBv1.0"
NODE_KINDS = {"NBIRTH", "NDATA", "NDEATH"}
DEVICE_KINDS = {"DBIRTH", "DDATA", "DDEATH"}
COMMANDS = {"NCMD", "DCMD"}
"""Said to edge nodes, by us or by others."""
EDGE_NODES = 10_000
SLOWEST_REBIRTH_S = 300.0


class Plant:
    """Takes messages in the order of their arrival; time is passed in, in seconds since 1970."""

    def __init__(self, tally: Tally, asks: Callable[[str], tuple[bool, int]], reorder_s: float) -> None:
        self._tally, self._asks, self._reorder_us = tally, asks, int(reorder_s * 1e6)
        self._nodes: dict[tuple[str, str], EdgeNode] = {}
        self._waiting: set[tuple[str, str]] = set()
        self._ailing: dict[tuple[str, str], None] = {}

    def take(self, message: Message, rows: Rows) -> None:
        """Reads a message into rows; what cannot be read is counted."""
        match message.topic.split("/"):
            case [namespace, group, kind, name] if namespace == NAMESPACE and kind in NODE_KINDS and name:
                device = ""
            case [namespace, group, kind, name, device] if (
                namespace == NAMESPACE and kind in DEVICE_KINDS and name and device
            ):
                pass
            case [_, _, kind, *_] if kind in COMMANDS:
                return
            case _:
                if message.topic:
                    self._tally.add("topic of no Sparkplug message", message.topic)
                return
        if message.retain:
            self._tally.add("retained Sparkplug message", message.topic)
            return
        try:
            payload = wire.decode(message.payload)
        except Unreadable as error:
            self._tally.add(str(error), message.topic)
            return
        key = group, name
        edge = self._nodes.get(key)
        if edge is None:
            if len(self._nodes) >= EDGE_NODES:
                self._tally.add("more edge nodes than are followed", message.topic)
                return
            edge = self._nodes[key] = EdgeNode(group, name, self._tally, self._asks)
        edge.take(node.Message(kind, device, payload, int(message.at * 1e6)), rows)
        self._note(key, edge)

    def _note(self, key: tuple[str, str], edge: EdgeNode) -> None:
        if edge.waiting:
            self._waiting.add(key)
        else:
            self._waiting.discard(key)
        if edge.needs_birth:
            self._ailing.setdefault(key)
        else:
            self._ailing.pop(key, None)

    def pass_time(self, now: float) -> None:
        """Gives up what was waited for longer than the reorder timeout."""
        for key in list(self._waiting):
            edge = self._nodes[key]
            if edge.waits_since_us is not None and now * 1e6 - edge.waits_since_us >= self._reorder_us:
                edge.give_up()
                self._note(key, edge)

    @property
    def ailing(self) -> list[tuple[str, str]]:
        """Group and name of edge nodes whose births are needed, the longest first."""
        return list(self._ailing)

    @property
    def tags(self) -> Iterator[Tag]:
        return (one.tag for edge in self._nodes.values() for one in edge.metrics.values() if one.tag is not None)


class Rebirths:
    """How often births are asked for: of one edge node every `per_node_s`, then ever more seldom, and of all `per_s`.

    Births are the longest messages a plant has; asked for all at once, they would be a flood of our making.
    """

    def __init__(self, per_node_s: float, per_s: float) -> None:
        self._per_node_s, self._per_s = per_node_s, per_s
        self._asked: dict[tuple[str, str], tuple[float, float]] = {}
        self._allowance, self._counted_at = max(per_s, 1.0), 0.0

    def due(self, ailing: list[tuple[str, str]], now: float) -> list[tuple[str, str]]:
        """Those to ask now; they count as asked."""
        full = max(self._per_s, 1.0)
        self._allowance = min(full, self._allowance + max(now - self._counted_at, 0.0) * self._per_s)
        self._counted_at = now
        for key in self._asked.keys() - set(ailing):
            del self._asked[key]
        due: list[tuple[str, str]] = []
        for key in ailing:
            if self._allowance < 1.0:
                break
            next_at, pause = self._asked.get(key, (0.0, self._per_node_s))
            if now >= next_at:
                self._asked[key] = now + pause, min(2 * pause, SLOWEST_REBIRTH_S)
                self._allowance -= 1.0
                due.append(key)
        return due
