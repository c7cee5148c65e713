"""`POST /v1/ingest`: rows of a contract as Arrow, NDJSON or CSV; answered after the stream has them on disk."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from gateway.body import media_type, read
from gateway.budgets import Account
from gateway.errors import MediaTypeRefused, Refused
from gateway.state import Gateway
from gateway.telemetry import trace_id
from services.budgets.contracts import Budget
from services.kernel.errors import Invalid
from services.kernel.rights import Permission, Principal
from services.readings import api as readings
from services.readings.contracts import BodyFormat, ErrorPolicy, IngestReceipt, TimeUnit

FORMATS = {
    "application/vnd.apache.arrow.stream": BodyFormat.ARROW,
    "application/x-ndjson": BodyFormat.NDJSON,
    "text/csv": BodyFormat.CSV,
}
_LONGEST_KEY = 200


async def ingest(request: Request) -> Response:
    """Answers the receipt: 200, or 422 when every row was refused."""
    gateway: Gateway = request.app.state.gateway
    principal: Principal = request.state.principal
    principal.require(Permission.INGEST)
    format = FORMATS.get(media_type(request))
    if format is None:
        raise MediaTypeRefused("This content type is not taken here.", accepted=sorted(FORMATS))
    contract, policy, units, key = _wish(request)
    account: Account = request.state.account
    account.check(Budget.ROWS)  # before the body is read, which costs more than the answer
    async with gateway.turnstile.enter(principal.tenant):
        body = await read(request, gateway.settings.ingest_body_bytes, gateway.settings.inflated_body_bytes)
        receipt = await readings.ingest(
            gateway.platform,
            principal,
            contract,
            body,
            format=format,
            policy=policy,
            units=units,
            idempotency_key=key,
            time_unit=_time_unit(request.query_params.get("timeUnit")),
            admit=lambda rows: account.take(Budget.ROWS, rows),
        )
    for outcome in ("stored", "quarantined", "refused", "duplicates"):
        gateway.meters.rows.labels(outcome).inc(getattr(receipt, outcome))
    all_refused = receipt.received > 0 and receipt.refused == receipt.received
    return Response(_answer(receipt, all_refused), 422 if all_refused else 200, media_type="application/json")


def _wish(request: Request) -> tuple[str, ErrorPolicy, dict[str, str] | None, str | None]:
    """(contract, error policy, units, idempotency key) of the request's address and headers."""
    contract = request.query_params.get("contract", "")
    if not contract:
        raise Invalid("Say which contract the rows keep to: `?contract=<key>`.", field="contract")
    policy = request.query_params.get("errorPolicy", ErrorPolicy.REJECT_FAILED_ROWS.value)
    if policy not in set(ErrorPolicy):
        choices = [each.value for each in ErrorPolicy]
        raise Invalid(f"`errorPolicy` must be one of {', '.join(choices)}.", field="errorPolicy", choices=choices)
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= _LONGEST_KEY:
        raise Invalid(f"`Idempotency-Key` must have 1 to {_LONGEST_KEY} characters.", field="Idempotency-Key")
    return contract, ErrorPolicy(policy), _units(request.headers.get("x-andon-units")), key


def _time_unit(value: str | None) -> TimeUnit | None:
    """What numeric times count; without it they are refused, since nobody guesses."""
    if value is None:
        return None
    if value not in set(TimeUnit):
        choices = [each.value for each in TimeUnit]
        raise Invalid(f"`timeUnit` must be one of {', '.join(choices)}.", field="timeUnit", choices=choices)
    return TimeUnit(value)


def _units(header: str | None) -> dict[str, str] | None:
    """`{"oil_temperature": "degF"}` → the units of those signals in the body; the others are the contract's."""
    if header is None:
        return None
    try:
        units = orjson.loads(header)
    except orjson.JSONDecodeError as error:
        raise Refused("`X-Andon-Units` must be a JSON object.", field="X-Andon-Units") from error
    if not isinstance(units, dict) or not all(isinstance(unit, str) for unit in units.values()):
        raise Refused("`X-Andon-Units` must name a unit for each signal.", field="X-Andon-Units")
    return units


def _answer(receipt: IngestReceipt, all_refused: bool) -> bytes:
    """The receipt as JSON; with a code and a sentence when nothing was taken."""
    body: dict[str, Any] = {
        "received": receipt.received,
        "stored": receipt.stored,
        "quarantined": receipt.quarantined,
        "refused": receipt.refused,
        "duplicates": receipt.duplicates,
        "verdictCount": receipt.verdict_count,
        "verdicts": [
            {"row": each.row, "code": each.code, "message": each.message, "signal": each.signal}
            for each in receipt.verdicts
        ],
        "batch": receipt.batch,
    }
    if all_refused:
        first = receipt.verdicts[0]
        reason = f"No row was taken. The first reason: row {first.row}, {first.message}"
        body |= {"code": "ROWS_REFUSED", "message": reason, "field": None, "facts": {}, "traceId": trace_id()}
    return orjson.dumps(body)
