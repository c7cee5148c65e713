"""The door with a real stream behind it."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.assets.errors import ContractNotFound
from services.kernel import subjects
from services.kernel.errors import Forbidden, IdempotencyKeyReused
from services.kernel.rights import Permission, Principal
from services.readings import api
from services.readings.contracts import BodyFormat, ErrorPolicy, IngestReceipt
from services.readings.door.limits import MAX_QUARANTINED


def row(asset: str, second: int, **values: object) -> bytes:
    time = datetime.fromtimestamp(1_772_352_000 + second, UTC).isoformat()
    return orjson.dumps({"asset": asset, "time": time, **values})


def counts(receipt: IngestReceipt) -> tuple[int, int, int, int, int]:
    return (receipt.received, receipt.stored, receipt.quarantined, receipt.refused, receipt.duplicates)


async def last_sequence(plant) -> int:
    jetstream = await plant.platform.streams.jetstream(plant.principal.tenant)
    return (await jetstream.stream_info(subjects.READINGS_STREAM)).state.last_seq


async def test_what_is_acknowledged_is_on_the_stream(plant) -> None:
    before = await last_sequence(plant)
    receipt = await plant.send(row("p0", 0, pressure=1.0))
    assert counts(receipt) == (1, 1, 0, 0, 0)
    assert await last_sequence(plant) == before + 1


async def test_the_same_body_again_is_dropped(plant) -> None:
    body = row("p0", 1, pressure=1.0) + b"\n" + row("p1", 1, pressure=2.0)
    assert counts(await plant.send(body)) == (2, 2, 0, 0, 0)
    before = await last_sequence(plant)
    assert counts(await plant.send(body)) == (2, 0, 0, 0, 2)
    assert await last_sequence(plant) == before


async def test_bad_rows_are_kept_with_their_reasons(plant) -> None:
    bad = row("p9", 3, pressure=1.0)
    body = row("p0", 2, pressure=1.0) + b"\n" + bad + b"\n" + row("p0", 3, pressure=-1)
    receipt = await plant.send(body)
    assert counts(receipt) == (3, 1, 2, 0, 0)
    await plant.send(body)
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        kept = [found for found in await api.list_quarantine(uow, plant.principal) if found.batch == receipt.batch]
    assert sorted((found.row, found.code, found.message) for found in kept) == [
        (1, "UNKNOWN_ASSET", "No asset “p9” keeps to this contract."),
        (2, "OUT_OF_RANGE", "-1 is outside 0 to 10 bar."),
    ]
    assert {found.row: found.content for found in kept}[1] == bad.decode()


async def test_quarantine_is_bounded_and_the_rest_refused(plant) -> None:
    rows = MAX_QUARANTINED + 500
    receipt = await plant.send(b"\n".join(row("nobody", i, pressure=1.0) for i in range(rows)))
    assert counts(receipt) == (rows, 0, MAX_QUARANTINED, 500, 0)
    assert receipt.verdict_count == rows
    assert len(receipt.verdicts) == 100


async def test_reject_everything_leaves_nothing_behind(plant) -> None:
    before = await last_sequence(plant)
    body = row("p0", 4, pressure=1.0) + b"\n" + row("p0", 5, pressure=99)
    receipt = await plant.send(body, policy=ErrorPolicy.REJECT_EVERYTHING)
    assert counts(receipt) == (2, 0, 0, 2, 0)
    assert receipt.batch is None
    assert await last_sequence(plant) == before


async def test_a_key_answers_its_first_receipt_again(plant) -> None:
    body = row("p0", 6, pressure=1.0) + b"\n" + row("p9", 6, pressure=1.0)
    first = await plant.send(body, idempotency_key="one")
    assert counts(first) == (2, 1, 1, 0, 0)
    assert await plant.send(body, idempotency_key="one") == first
    with pytest.raises(IdempotencyKeyReused):
        await plant.send(row("p0", 7, pressure=1.0), idempotency_key="one")


async def test_concurrent_bodies_under_one_key_have_one_effect(plant) -> None:
    before = await last_sequence(plant)
    body = row("p0", 8, pressure=1.0)
    await asyncio.gather(*(plant.send(body, idempotency_key="many") for _ in range(8)))
    assert await last_sequence(plant) == before + 1


async def test_a_body_is_cut_into_messages_the_stream_takes(plant) -> None:
    before = await last_sequence(plant)
    receipt = await plant.send(b"\n".join(row("p4", 10_000 + i, pressure=1.0) for i in range(25_000)))
    assert receipt.stored == 25_000
    assert await last_sequence(plant) == before + 3


async def test_an_asset_made_later_is_known_at_once(plant) -> None:
    body = row("late", 9, pressure=1.0)
    assert counts(await plant.send(body)) == (1, 0, 1, 0, 0)
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        await assets.create_assets(uow, plant.principal, [NewAsset("late", "Late", "Ulsan", "Line 1", "pumps")])
        await uow.commit()
    assert counts(await plant.send(body)) == (1, 1, 0, 0, 0)


async def test_a_body_for_no_contract(plant) -> None:
    with pytest.raises(ContractNotFound):
        await api.ingest(plant.platform, plant.principal, "drills", b"{}", BodyFormat.NDJSON, ErrorPolicy.IGNORE_FAILED)


async def test_without_the_right_nothing_is_stored(plant) -> None:
    before = await last_sequence(plant)
    viewer = Principal(plant.principal.tenant, uuid4(), "member", "Eve", frozenset({Permission.VIEW}))
    with pytest.raises(Forbidden):
        await api.ingest(
            plant.platform, viewer, "pumps", row("p0", 20, pressure=1.0), BodyFormat.NDJSON, ErrorPolicy.IGNORE_FAILED
        )
    assert await last_sequence(plant) == before


async def test_another_tenants_contract_is_absent(plant, other_principal) -> None:
    with pytest.raises(ContractNotFound):
        await api.ingest(
            plant.platform, other_principal, "pumps", row("p0", 0), BodyFormat.NDJSON, ErrorPolicy.IGNORE_FAILED
        )


odd_row = st.one_of(
    st.builds(row, st.sampled_from(["p0", "p1"]), st.integers(100_000, 100_020), pressure=st.floats(0, 10)),
    st.builds(row, st.sampled_from(["p0", "zz", ""]), st.integers(0, 3), pressure=st.floats(-5, 15)),
    st.builds(row, st.just("p1"), st.integers(0, 3), temperature=st.one_of(st.none(), st.text(max_size=3))),
    st.just(b'{"asset":"p0","time":"2026-03-01T08:00:00"}'),
    st.binary(min_size=1, max_size=12).filter(lambda line: b"\n" not in line and bool(line.strip())),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(odd_row, min_size=1, max_size=15), st.sampled_from(ErrorPolicy))
async def test_every_row_is_accounted_for(plant, lines: list[bytes], policy: ErrorPolicy) -> None:
    receipt = await plant.send(b"\n".join(lines), policy=policy)
    assert receipt.received == len(lines)
    assert receipt.stored + receipt.quarantined + receipt.refused + receipt.duplicates == receipt.received
    assert min(counts(receipt)) >= 0
