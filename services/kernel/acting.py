"""Who acts and what they do, as the audit trail names it: told once at the edge, written beside every change."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from uuid import UUID

from opentelemetry import trace

from services.kernel.rights import SYSTEM_ACTOR, Principal


@dataclass(frozen=True, slots=True)
class Acting:
    actor: UUID = SYSTEM_ACTOR
    kind: str = "system"
    name: str = "Andon"
    action: str = ""

    def told(self) -> str:
        """As the database's triggers read it, with the trace that is open now."""
        span = trace.get_current_span().get_span_context()
        trace_id = trace.format_trace_id(span.trace_id) if span.is_valid else ""
        return json.dumps([str(self.actor), self.kind, self.name, self.action, trace_id])


_PLATFORM = Acting()
_now: ContextVar[Acting] = ContextVar("andon_acting", default=_PLATFORM)


def acting() -> Acting:
    """Who acts in this task; the platform itself unless somebody was named."""
    return _now.get()


def acts(principal: Principal) -> None:
    """Names who acts for the rest of this task, and of those it starts."""
    _now.set(replace(_now.get(), actor=principal.actor, kind=principal.kind, name=principal.name))


@contextmanager
def on_behalf(name: str, action: str) -> Iterator[None]:
    """The platform does something inside for what somebody made, such as a plan, and is told by its name."""
    token = _now.set(replace(_PLATFORM, name=name, action=action))
    try:
        yield
    finally:
        _now.reset(token)


@contextmanager
def doing(action: str) -> Iterator[None]:
    """Names what is done inside, such as `serving.promote`."""
    token = _now.set(replace(_now.get(), action=action))
    try:
        yield
    finally:
        _now.reset(token)
