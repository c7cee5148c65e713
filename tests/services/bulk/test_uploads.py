"""An address is good once and for a while, no file is in memory as a whole, and what broke off leaves nothing."""

import asyncio
import hashlib
import tracemalloc
from datetime import timedelta

import pytest
from bulk_plant import in_pieces

from services.budgets import api as budgets
from services.budgets.contracts import Ceiling
from services.budgets.errors import StorageFull
from services.bulk import api, model, sweeping
from services.bulk.contracts import FileFormat, StartImport, UploadState
from services.bulk.errors import FileEmpty, FileTooLarge, UploadNotFound, UploadNotStaged, UploadUsed
from services.bulk.repository import Bulk
from services.kernel.errors import Forbidden
from services.kernel.rights import RIGHTS, Principal, Role, system_principal

pytestmark = pytest.mark.platform


async def test_a_file_is_kept_in_parts_and_answered_with_its_digest(plant):
    content = bytes(range(256)) * 40_000
    upload = await plant.stage(content)
    assert (upload.state, upload.bytes) == (UploadState.STAGED, 10_240_000)
    assert upload.sha256 == hashlib.sha256(content).hexdigest()
    assert await plant.objects(model.staged_prefix(upload.id)) == 2


async def test_an_address_is_good_once(plant):
    upload = await plant.stage(b"a,b\n")
    with pytest.raises(UploadUsed):
        await api.receive(plant.platform, plant.principal.tenant, upload.id, in_pieces(b"other"))
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        assert (await api.get_upload(uow, plant.principal, upload.id)).bytes == 4


async def test_an_address_is_good_for_a_quarter_of_an_hour(plant, monkeypatch):
    upload = await plant.announce()
    now = plant.platform.clock()
    assert timedelta(minutes=14) < upload.expires_at - now < timedelta(minutes=15)
    await _age(plant, upload.id)
    with pytest.raises(UploadNotFound):
        await api.receive(plant.platform, plant.principal.tenant, upload.id, in_pieces(b"late"))
    assert await plant.objects(model.staged_prefix(upload.id)) == 0


async def _age(plant, upload_id):
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        row = await Bulk(uow).upload(upload_id, lock=True)
        row.expires_at = plant.platform.clock() - timedelta(seconds=1)
        await uow.session.flush()
        await uow.commit()


async def test_an_upload_that_breaks_off_leaves_nothing_and_may_be_tried_again(plant):
    upload = await plant.announce()

    async def broken():
        yield b"x" * (model.PART_BYTES + 1)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await api.receive(plant.platform, plant.principal.tenant, upload.id, broken())
    assert await plant.objects(model.staged_prefix(upload.id)) == 0
    again = await api.receive(plant.platform, plant.principal.tenant, upload.id, in_pieces(b"whole"))
    assert (again.state, again.bytes) == (UploadState.STAGED, 5)


async def test_a_file_that_is_too_large_or_empty_is_refused(plant, monkeypatch):
    monkeypatch.setattr(model, "MAX_FILE_BYTES", 1000)
    upload = await plant.announce()
    with pytest.raises(FileTooLarge) as refused:
        await api.receive(plant.platform, plant.principal.tenant, upload.id, in_pieces(b"x" * 1001))
    assert refused.value.facts == {"most": 1000}
    with pytest.raises(FileEmpty):
        await api.receive(plant.platform, plant.principal.tenant, upload.id, in_pieces(b""))
    assert await plant.objects(model.staged_prefix(upload.id)) == 0


async def test_a_large_file_is_never_in_memory(plant):
    upload = await plant.announce()
    piece = b"x" * 1_000_000

    async def slow():
        for _ in range(100):
            yield piece

    tracemalloc.start()
    try:
        kept = await api.receive(plant.platform, plant.principal.tenant, upload.id, slow())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept.bytes == 100_000_000
    assert peak < 5 * model.PART_BYTES


async def test_what_gateways_left_behind_is_swept_away(plant):
    upload = await plant.announce()
    going = asyncio.Event()

    async def hangs():
        yield b"x" * (model.PART_BYTES + 1)
        going.set()
        await asyncio.sleep(60)

    receiving = asyncio.create_task(api.receive(plant.platform, plant.principal.tenant, upload.id, hangs()))
    await going.wait()
    prefix = model.staged_prefix(upload.id)
    assert await plant.objects(prefix) == 1
    await sweeping.clear(plant.platform, plant.principal.tenant)
    assert await plant.objects(prefix) == 1, "its time is not over"
    await _age(plant, upload.id)
    await sweeping.clear(plant.platform, plant.principal.tenant)
    assert await plant.objects(prefix) == 0
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        assert await Bulk(uow).upload(upload.id) is None


async def test_an_import_takes_a_staged_file_once(plant):
    waiting = await plant.announce()
    upload = await plant.stage(b"asset,time\n")
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        with pytest.raises(UploadNotStaged) as refused:
            await api.start_import(uow, plant.principal, StartImport(waiting.id, "pumps", FileFormat.CSV))
        assert refused.value.facts == {"state": "waiting"}
        await api.start_import(uow, plant.principal, StartImport(upload.id, "pumps", FileFormat.CSV))
        with pytest.raises(UploadNotStaged):
            await api.start_import(uow, plant.principal, StartImport(upload.id, "pumps", FileFormat.CSV))


async def test_an_operator_brings_nothing_in(plant):
    operator = Principal(plant.principal.tenant, plant.principal.actor, "member", "O", RIGHTS[Role.OPERATOR])
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        with pytest.raises(Forbidden):
            await api.stage_upload(uow, operator)


async def test_a_full_storage_refuses_files_and_measures_what_is_there(plant):
    tenant, system = plant.principal.tenant, system_principal(plant.principal.tenant)
    await plant.stage(b"x" * 50_000)
    await sweeping.measure(plant.platform, tenant)
    async with plant.platform.database.unit(tenant) as uow:
        stored, _ = await budgets.get_storage(uow, system)
        staged = await Bulk(uow).staged_bytes()
        assert staged >= 50_000
        await budgets.set_ceiling(uow, system, Ceiling.STORAGE, stored + staged + 10)
        await uow.commit()
    upload = await plant.announce()
    with pytest.raises(FileTooLarge) as refused:
        await api.receive(plant.platform, tenant, upload.id, in_pieces(b"x" * 11))
    assert refused.value.facts == {"most": 10}
    await api.receive(plant.platform, tenant, upload.id, in_pieces(b"x" * 10))
    with pytest.raises(StorageFull) as full:
        await plant.announce()
    assert full.value.facts == {"most": stored + staged + 10, "used": stored + staged + 10}
    assert full.value.retry_after == 3600
    async with plant.platform.database.unit(tenant) as uow:
        await budgets.set_ceiling(uow, system, Ceiling.STORAGE, None)
        await uow.commit()
    assert (await plant.announce()).state is UploadState.WAITING
