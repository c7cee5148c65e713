"""Identifiers: random enough to be unguessable, ordered in time so that indexes stay dense."""

import base64
import os
import time
from datetime import UTC, datetime
from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", UUID)


def new_id() -> UUID:
    """A version 7 UUID (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (7 << 76)
    value = (value & ~(0x3 << 62)) | (2 << 62)
    return UUID(int=value)


def made_at(id: UUID) -> datetime:
    """When `new_id` made it, to the millisecond."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)


def first_id(moment: datetime) -> UUID:
    """No id that `new_id` made from then on is below it."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def global_id(kind: str, id: UUID) -> str:
    """How the world knows a thing: `ModelVersion` and a UUID → one opaque string, safe in URLs."""
    return base64.urlsafe_b64encode(kind.encode() + b":" + id.bytes).rstrip(b"=").decode()
