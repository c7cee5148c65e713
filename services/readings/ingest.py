"""The use case of the door: check, store, quarantine, answer."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.enclaves.platform import Platform
from services.kernel import subjects
from services.kernel.errors import IdempotencyKeyReused, Invalid
from services.kernel.rights import Permission, Principal
from services.readings import repository
from services.readings.adapters.publish import Published, publish
from services.readings.contracts import Body, BodyFormat, IngestReceipt, RowVerdict
from services.readings.door.body import GZIP, inflate, parse
from services.readings.door.check import Checked, asset_column, check
from services.readings.door.limits import MAX_QUARANTINED, MAX_VERDICTS
from services.readings.door.parsed import Parsed
from services.readings.plant import Plant

KEPT = timedelta(hours=24)
"""How long a receipt answers for its key."""
QUARANTINE_KEPT = timedelta(days=30)
_LONGEST_KEY = 200
_INLINE_BYTES = {BodyFormat.ARROW: 2_097_152, BodyFormat.NDJSON: 32_768, BodyFormat.CSV: 131_072}
"""Bodies below it (a millisecond's work) are parsed at once; larger ones in a thread, so that they delay nobody."""

_plant = Plant()
"""One a process; it holds nothing that another process could not read again."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A body with what is worked out from it once."""

    contract: str
    body: Body
    digest: str


async def ingest(
    platform: Platform,
    principal: Principal,
    contract: str,
    body: Body,
    idempotency_key: str | None = None,
    admit: Callable[[int], None] | None = None,
) -> IngestReceipt:
    """Checks a body against a contract and stores what passes; answers once the stream has it on disk.

    A key seen within a day with the same body answers the first receipt again. Sending the same body again without a
    key is harmless too: its rows are dropped as duplicates.
    Raises `ContractNotFound`, the errors of `services.readings.errors`, `Forbidden`.
    """
    principal.require(Permission.INGEST)
    if idempotency_key is not None and not 0 < len(idempotency_key) <= _LONGEST_KEY:
        raise Invalid(f"An idempotency key has 1 to {_LONGEST_KEY} characters.", field="idempotencyKey")
    now = platform.clock()
    sent = _Sent(contract, body, _digest(contract, body) if idempotency_key else "")
    if idempotency_key and (kept := await _receipt(platform, principal, idempotency_key, sent.digest, now)):
        return kept
    agreed = await _plant.contract(platform.database, principal.tenant, contract)
    parsed = await _off_loop(
        body, lambda: parse(inflate(body.content), body.format, agreed.contract.keys, body.time_unit)
    )
    if admit is not None:
        admit(parsed.rows)
    assets = asset_column(parsed)
    known = await _plant.asset_ids(platform.database, principal.tenant, agreed.id, assets.keys)
    checked = await _off_loop(body, lambda: check(parsed, assets, known, agreed, body, now))
    published = Published(0, 0)
    if checked.batch is not None:
        client = await platform.streams.connection(principal.tenant)
        jetstream = await platform.streams.jetstream(principal.tenant)
        published = await publish(client, jetstream, subjects.readings(agreed.id), checked.batch)
    receipt = _answer(sent, parsed, checked, published)
    if receipt.batch is not None or idempotency_key:
        return await _keep(platform, principal, sent, parsed, checked, receipt, idempotency_key, now)
    return receipt


async def _off_loop(body: Body, work: Any) -> Any:
    zipped = body.content[:2] == GZIP
    inline = len(body.content) < _INLINE_BYTES[body.format] and not zipped
    return work() if inline else await asyncio.to_thread(work)


def _digest(contract: str, body: Body) -> str:
    """Of everything that the answer depends on."""
    digest = hashlib.sha256(body.content)
    said = (
        contract,
        body.format.value,
        body.policy.value,
        sorted(body.units.items()),
        body.time_unit,
        body.late_window,
    )
    digest.update(repr(said).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _answer(sent: _Sent, parsed: Parsed, checked: Checked, published: Published) -> IngestReceipt:
    bad = len(checked.bad)
    refuse_all = sent.body.policy == "REJECT_EVERYTHING"
    quarantined = 0 if refuse_all else min(bad, MAX_QUARANTINED)
    return IngestReceipt(
        received=parsed.rows,
        stored=published.stored,
        quarantined=quarantined,
        refused=bad - quarantined,
        duplicates=checked.duplicates + published.repeated,
        verdicts=checked.faults.first(MAX_VERDICTS),
        verdict_count=checked.faults.count,
        batch=_batch_id(sent) if quarantined else None,
    )


def _batch_id(sent: _Sent) -> UUID:
    return UUID(bytes=bytes.fromhex(sent.digest or _digest(sent.contract, sent.body))[:16], version=5)


async def _keep(
    platform: Platform,
    principal: Principal,
    sent: _Sent,
    parsed: Parsed,
    checked: Checked,
    receipt: IngestReceipt,
    key: str | None,
    now: datetime,
) -> IngestReceipt:
    """Writes what must be remembered; answers the receipt another request under the same key was given, if any."""
    async with platform.database.unit(principal.tenant) as uow:
        if receipt.batch is not None:
            rows = checked.bad[: receipt.quarantined]
            reasons = checked.faults.reasons(rows)
            await repository.forget_quarantined(uow, now - QUARANTINE_KEPT)
            common = {"batch": receipt.batch, "contract": sent.contract, "received_at": now}
            await repository.quarantine(uow, [{**common, **bad_row(parsed, reasons[int(row)])} for row in rows])
        kept = key is None or await repository.keep_receipt(uow, key, sent.digest, _to_json(receipt), now, now - KEPT)
        await uow.commit()
    if key is not None and not kept:
        return await _receipt(platform, principal, key, sent.digest, now) or receipt
    return receipt


def bad_row(parsed: Parsed, reason: RowVerdict) -> dict[str, Any]:
    """A bad row as quarantine keeps it."""
    content = parsed.content(reason.row).replace("\0", "�")
    return {"row": reason.row, "code": reason.code, "message": reason.message, "content": content}


async def _receipt(
    platform: Platform, principal: Principal, key: str, digest: str, now: datetime
) -> IngestReceipt | None:
    async with platform.database.unit(principal.tenant) as uow:
        kept = await repository.receipt(uow, key, now - KEPT)
    if kept is None:
        return None
    if kept.digest != digest:
        raise IdempotencyKeyReused(
            "This idempotency key was used for another body within the last day. Use a new key for a new body.",
            field="idempotencyKey",
        )
    return _from_json(kept.receipt)


def _to_json(receipt: IngestReceipt) -> dict[str, Any]:
    return {**asdict(receipt), "batch": str(receipt.batch) if receipt.batch else None}


def _from_json(kept: dict[str, Any]) -> IngestReceipt:
    verdicts = tuple(RowVerdict(**verdict) for verdict in kept["verdicts"])
    batch = UUID(kept["batch"]) if kept["batch"] else None
    return IngestReceipt(**{**kept, "verdicts": verdicts, "batch": batch})
