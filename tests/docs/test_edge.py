"""The guide to edges works as it is written, and settings of connectors stand as they are."""

import asyncio
import re
from pathlib import Path

import pytest
import uvicorn
from andon_files.settings import Files
from andon_sql.settings import Sql
from gateway_client import admin_of, make_app, make_key

from andon_sdk.edge import cli, process, status
from andon_sdk.edge.config import load
from andon_sdk.plugin import Contract, Importance, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel.rights import Permission

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDE = (DOCS / "how-to/edge.md").read_text("utf-8")
PUMP = Contract(
    "pump",
    "Pump",
    (
        Signal("temperature", "Temperature", "degC", -20.0, 150.0, Importance.ESSENTIAL),
        Signal("pressure", "Pressure", "bar", 0.0, 10.0),
    ),
    1.0,
)


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
async def andon(platform, tenant):
    """Address and key of an Andon with the pump."""
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, admin_of(tenant), PUMP)
        await assets.create_assets(uow, admin_of(tenant), [NewAsset("pump-1", "Pump 1", "Ulsan", "Line 1", "pump")])
        await uow.commit()
    rights = [getattr(Permission, name) for name in ("INGEST", "VIEW", "QUERY") if f"`{name}`" in GUIDE]
    key = await make_key(platform.platform, tenant, *rights)
    config = uvicorn.Config(make_app(platform.platform), port=0, log_level="critical", lifespan="on")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", key
    server.should_exit = True
    await serving


@pytest.fixture
def folder(andon, tmp_path, monkeypatch):
    """Where the reader of the guide works."""
    address, key = andon
    (tmp_path / "andon.key").write_text(key)
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop/pumps.csv").write_text(block("csv"))
    quick = block("toml").replace("https://andon.example", address).replace("time_column", "still_s = 0.1, time_column")
    (tmp_path / "edge.toml").write_text(quick)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.platform
async def test_the_guide_leads_to_rows(folder, capsys):
    file = Path("edge.toml")
    assert await asyncio.to_thread(cli.main, ["browse", str(file)]) == 0
    assert "logger: 3 tags" in capsys.readouterr().out
    assert await asyncio.to_thread(cli.main, ["dry-run", str(file)]) == 1
    assert block("text") in capsys.readouterr().out
    assert (folder / "drop/pumps.csv").exists()
    running = asyncio.create_task(process.run(load(file), str(file)))
    rows: dict = {}
    async with asyncio.timeout(20):
        while rows.get("sent") != 3:
            await asyncio.sleep(0.1)
            said = status.read(folder / "buffer") or {"sources": {}}
            rows = said["sources"]["logger"]["contracts"]["pump"] if said["sources"] else {}
    assert (rows["stored"], rows["quarantined"], rows["waiting"]) == (2, 1, 0)
    assert await asyncio.to_thread(cli.main, ["status", str(file)]) == 0
    assert "Andon at" in capsys.readouterr().out
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (folder / "drop/done/pumps.csv").exists()


@pytest.mark.platform
async def test_two_edges_do_not_share_a_buffer(folder, capsys):
    running = asyncio.create_task(process.run(load(Path("edge.toml")), "edge.toml"))
    while not (folder / "buffer/status.json").exists():
        await asyncio.sleep(0.05)
    assert await asyncio.to_thread(cli.main, ["run", "edge.toml"]) == 1
    assert "Another andon-edge has buffer already." in capsys.readouterr().err
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(("page", "settings"), [("connector-files", Files), ("connector-sql", Sql)])
def test_settings_of_connectors_have_their_entries(page, settings):
    table = (DOCS / f"reference/{page}.md").read_text("utf-8").split("| setting |")[1].split("\n\n")[0]
    said = dict(re.findall(r"^\| `(\w+)` \| ([^|]*?) ?\|", table, re.MULTILINE))
    assert list(said) == list(settings.model_fields)
    for name, field in settings.model_fields.items():
        assert field.description
        default = "" if field.is_required() or field.default is None else str(field.default).removesuffix(".0")
        assert said[name].strip("` ") in {default, "all", "seen in the header"}, name
