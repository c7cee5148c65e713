"""When scores become visible: a few assets followed on the public subscription."""

import json
from collections.abc import Mapping
from datetime import datetime
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Self

from websockets.exceptions import ConnectionClosedOK
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from infra.demo.documents import SCORES

_READY_S = 30.0


class Listener:
    """Follows the champions' scores of some assets of one tenant, from entry to exit."""

    def __init__(self, url: str, key: str, assets: Mapping[str, str]) -> None:
        """`assets`: node id by key."""
        self.seen: dict[tuple[str, datetime], float] = {}
        """Moment (of the monotonic clock) at which the score of (asset's key, row's time) arrived first."""
        self._assets = dict(assets)
        self._socket = connect(
            url.replace("http", "ws", 1) + "/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            additional_headers={"Authorization": f"Bearer {key}"},
            proxy=None,
        )
        self._ready = Event()
        self._failed: Exception | None = None
        self._thread = Thread(target=self._listen, name="listener", daemon=True)

    def __enter__(self) -> Self:
        self._socket.send(json.dumps({"type": "connection_init"}))
        self._thread.start()
        if not self._ready.wait(_READY_S):
            raise TimeoutError("The platform did not take the subscriptions.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._thread.join()
        if self._failed is not None and error is None:
            raise self._failed

    def _listen(self) -> None:
        try:
            for text in self._socket:
                self._hear(json.loads(text))
        except ConnectionClosedOK:
            return
        except Exception as error:  # noqa: BLE001  told where the thread is joined
            self._failed = error

    def _hear(self, message: dict) -> None:
        kind = message["type"]
        if kind == "connection_ack":
            for key, asset in self._assets.items():
                wish = {"query": SCORES, "variables": {"asset": asset}}
                self._socket.send(json.dumps({"type": "subscribe", "id": key, "payload": wish}))
            self._ready.set()
        elif kind == "ping":
            self._socket.send(json.dumps({"type": "pong"}))
        elif kind == "next":
            now = monotonic()
            for score in message["payload"]["data"]["scores"]:
                if not score["shadow"]:
                    self.seen.setdefault((message["id"], datetime.fromisoformat(score["time"])), now)
        elif kind in {"error", "complete"}:
            raise RuntimeError(f"The subscription of {message['id']} ended: {message.get('payload')}")
