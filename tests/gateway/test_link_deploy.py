"""A notebook is deployed through the gateway: as the version that it is, and refused with the reason."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from gateway_client import make_key

from andon_sdk.client import Client
from andon_sdk.link.deploy import FOLDER, DeployRefused, deploy
from andon_sdk.link.findings import analyse
from andon_sdk.link.reading import read
from andon_sdk.link.standing import Difference, Mark, Proof, files_named, keep, key_of, tolerances
from services.kernel.rights import Permission

pytestmark = pytest.mark.platform

NOTEBOOKS = Path(__file__).parents[1] / "sdk" / "link" / "notebooks"
START = datetime(2026, 3, 1, tzinfo=UTC)


def proven(path: Path, state: Mark = Mark.PROVEN, **more) -> Path:
    """The notebook, marked as if it had been proven as it is."""
    analysis = analyse(read(path))
    limits, files = tolerances(analysis), files_named(analysis)
    metrics = {"threshold": 1.0, "abnormal": 0.0}
    keep(path, Proof(state, key_of(analysis, limits, files), "c", metrics, tolerance=limits, files=files, **more))
    return path


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    (tmp_path / "rows.csv").write_text("flow,current\n1,2\n")
    return proven(Path(shutil.copy(NOTEBOOKS / "trees.py", tmp_path)))


async def test_a_notebook_is_the_version_that_it_is(platform, tenant, address, notebook):
    key = await make_key(platform.platform, tenant)

    def deployed():
        with Client(f"http://{address}", key) as andon:
            return deploy(notebook, andon, name="gate-trees", lock={"python": "3.11"})

    first = await asyncio.to_thread(deployed)
    assert (first.pipeline.version, first.pipeline.title, first.blueprint) == ("1.1", "Trees of a valve", "valve-trees")
    assert first.pipeline.proof.proven
    assert first.links == (f"http://{address}/pipelines/{first.pipeline.pipeline.id}",)
    assert (await asyncio.to_thread(deployed)).pipeline.id == first.pipeline.id

    notebook.write_text(notebook.read_text("utf-8").replace("= 12", "= 13"), "utf-8")
    proven(notebook)
    shutil.rmtree(notebook.parent / FOLDER)  # as on another machine
    second = await asyncio.to_thread(deployed)
    assert (second.pipeline.version, second.pipeline.number) == ("1.2", 2)


async def refusal(address: str, key: str, notebook: Path, **asked) -> DeployRefused:
    def refused() -> DeployRefused:
        with Client(f"http://{address}", key, patience_s=0) as andon, pytest.raises(DeployRefused) as found:
            deploy(notebook, andon, **{"name": "gate-trees", **asked})
        return found.value

    return await asyncio.to_thread(refused)


async def test_what_andon_refuses_says_what_to_do(platform, tenant, address, notebook):
    every = await make_key(platform.platform, tenant)
    few = await make_key(platform.platform, tenant, Permission.VIEW, Permission.QUERY)
    missing = await refusal(address, few, notebook)
    assert (missing.code, "Ask an admin" in str(missing)) == ("FORBIDDEN", True)
    unknown = await refusal(address, "andon_none", notebook)
    assert "Look at the key" in str(unknown)
    away = await refusal("127.0.0.1:9", every, notebook)
    assert "Andon does not answer at http://127.0.0.1:9" in str(away)
    lost = await refusal(address, every, notebook, assets=["none-1"], start=START, end=START + timedelta(days=1))
    assert str(lost) == "There is no asset none-1. Nothing was registered."
    notebook.write_text(notebook.read_text("utf-8").replace("= 12", "= 14"), "utf-8")
    taken = await refusal(address, every, proven(notebook), version="1.1")
    assert (taken.code, "Leave the version out" in str(taken)) == ("PIPELINE_VERSION_TAKEN", True)


async def test_what_is_not_proven_is_not_built(platform, tenant, address, notebook):
    key = await make_key(platform.platform, tenant)
    differs = (Difference("threshold", 1.0, 2.0, "A seed is missing."),)
    proven(notebook, Mark.DIFFERS, differences=differs)
    said = str(await refusal(address, key, notebook))
    assert "threshold: 1 in the notebook, 2 in the proof. A seed is missing." in said
    notebook.write_text(notebook.read_text("utf-8").replace("= 12", "= 15"), "utf-8")
    assert "It was not proven as it is saved now" in str(await refusal(address, key, notebook))
    notebook.write_text(notebook.read_text("utf-8").replace("rows = pl", "other = pl"), "utf-8")
    assert "`rows` is read in *try_out*" in str(await refusal(address, key, notebook))
    ranged = await refusal(address, key, notebook, assets=["a"])
    assert str(ranged) == "A run needs the range of its rows: give start and end."
    assert not (notebook.parent / FOLDER).exists()
