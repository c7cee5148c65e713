"""Packs on their way from a real bucket into this process."""

import os
import shutil
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest
from mapped import mapped_packs

from services.fleet.artefact import CALIBRATION, MANIFEST, MODELS
from services.fleet.errors import ArtefactMalformed, DigestMismatch
from services.fleet.score import Entry, Scorer
from services.serving.cluster.packs import Packs, own_folder

pytestmark = pytest.mark.platform


@pytest.fixture
def packs(scene: Any) -> Packs:
    settings = scene.settings
    return Packs(settings.objects(), settings.bucket, scene.offered, Path(settings.scratch))


def names(folder: Path) -> list[str]:
    return sorted(place.name for place in folder.iterdir())


async def test_a_pack_is_fetched_once_for_all_processes(
    scene: Any, packs: Packs, good_pack: Any, tmp_path: Path
) -> None:
    await scene.upload(good_pack)
    pack, blueprint = await packs.get(good_pack.digest)
    assert (pack.assets, blueprint.key) == (good_pack.assets, "trial")
    assert names(tmp_path) == [good_pack.digest]
    before = (tmp_path / good_pack.digest).stat()
    other = Packs(scene.settings.objects(), scene.settings.bucket, scene.offered, tmp_path)
    assert (await other.get(good_pack.digest))[0].digest == good_pack.digest
    after = (tmp_path / good_pack.digest).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("name", [MANIFEST, MODELS])
async def test_what_the_disk_damaged_is_fetched_again(
    scene: Any, packs: Packs, good_pack: Any, tmp_path: Path, name: str
) -> None:
    await scene.upload(good_pack)
    await packs.get(good_pack.digest)
    packs.keep(())
    file = tmp_path / good_pack.digest / name
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert (await packs.get(good_pack.digest))[0].assets == good_pack.assets


async def test_a_damaged_object_is_refused_and_leaves_nothing(
    scene: Any, packs: Packs, make_pack: Any, tmp_path: Path
) -> None:
    from services.fleet.artefact import write_pack
    from services.kernel.subjects import artefact_object

    damaged, client = make_pack(damaged="yes"), scene.settings.objects()
    await scene.upload(damaged)
    for name, error in ((CALIBRATION, DigestMismatch), (MODELS, DigestMismatch)):
        data = bytearray(write_pack(damaged)[name])
        data[-1] ^= 1
        await scene.put(artefact_object(damaged.digest, name), bytes(data))
        with pytest.raises(error, match=f"{name} is not the one its manifest names"):
            await packs.get(damaged.digest)
    client.remove_object(scene.settings.bucket, artefact_object(damaged.digest, MODELS))
    with pytest.raises(ArtefactMalformed, match="is missing"):
        await packs.get(damaged.digest)
    assert names(tmp_path) == []


async def test_what_nobody_wants_leaves_memory_and_disk(
    scene: Any, packs: Packs, good_pack: Any, make_pack: Any, tmp_path: Path
) -> None:
    other = make_pack(variant="other")
    gone = []
    for one in (good_pack, other):
        await scene.upload(one)
        pack, blueprint = await packs.get(one.digest)
        scorer = Scorer([Entry("v", "a", pack, 0, blueprint)])
        gone.append(weakref.ref(scorer))
        del pack, blueprint, scorer
    packs.keep({other.digest})
    assert await mapped_packs(tmp_path) == {other.digest}
    assert [reference() for reference in gone] == [None, None]
    packs.discard({other.digest})
    assert names(tmp_path) == [other.digest]
    packs.keep(())
    assert await mapped_packs(tmp_path) == set()


async def test_a_discarded_pack_goes_on_serving_and_is_fetched_again(
    scene: Any, packs: Packs, good_pack: Any, tmp_path: Path
) -> None:
    await scene.upload(good_pack)
    pack, _ = await packs.get(good_pack.digest)
    packs.discard(())
    assert names(tmp_path) == []
    assert (pack.calibration.x == good_pack.calibration.x).all()
    packs.keep(())
    assert (await packs.get(good_pack.digest))[0].assets == good_pack.assets


def test_folders_of_processes_that_ended_are_deleted(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    for name in (str(child.pid), str(os.getppid()), str(os.getpid())):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pack").write_text("old")
    mine = own_folder(tmp_path)
    assert mine == tmp_path / str(os.getpid())
    assert names(tmp_path) == sorted([str(os.getppid()), mine.name])
    assert list(mine.iterdir()) == []
    shutil.rmtree(mine)
