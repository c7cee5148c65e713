"""An archive of a tenant, read back and compared with what the platform has."""

import asyncio
import hashlib
import io
import json
import re
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import polars as pl
import presses
import psycopg
import pytest

from infra import rows
from infra.anchoring import anchors, heads, keep
from infra.deleting import delete
from infra.export import ExportStopped, export, objects, tables
from infra.export.archive import Archive
from infra.rows import TenantBusy
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.enclaves import api as enclaves
from services.kernel.errors import TenantBeingDeleted
from services.kernel.ids import new_id
from services.kernel.rights import Permission, Role, system_principal
from services.readings import api as readings
from services.readings import historian
from services.readings.adapters.delta import HistoryTable
from services.readings.contracts import BodyFormat, ErrorPolicy
from services.tenancy import api as tenancy
from services.tenancy.errors import TenantNotFound
from services.webhooks import api as webhooks
from services.webhooks.contracts import NewEndpoint

pytestmark = [pytest.mark.platform, pytest.mark.timeout(280)]
ROWS, KEYS = 300, ("p1", "p2")
PACK = b"weights" * 1000


@pytest.fixture(scope="module")
async def made(platform, tmp_path_factory):
    """A tenant with something of everything, its secrets, and its archive."""
    tenant = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Ulsan “Drills”\n")
    await enclaves.ensure_enclave(platform.platform, tenant.id)
    principal = system_principal(tenant.id)
    async with platform.unit(tenant) as uow:
        member = await tenancy.add_member(uow, principal, "kim@example.com", "Kim", Role.ADMIN, "a long password")
        key = await tenancy.create_api_key(uow, principal, "gateway", list(Permission))
        link = await tenancy.make_login_link(uow, principal, member.id)
        invitation = await tenancy.invite(uow, principal, "lee@example.com", Role.OPERATOR)
        contract = await assets.put_contract(uow, principal, presses.CONTRACT)
        await assets.create_assets(uow, principal, [NewAsset(each, each, "Ulsan", "Hall", "press") for each in KEYS])
        hook = await webhooks.create_endpoint(
            uow,
            principal,
            platform.platform.ground,
            platform.platform.reach,
            NewEndpoint("https://example.com/x", ("contract.changed",)),
        )
        await uow.commit()
    opened = await tenancy.login(platform.platform.database, tenant.slug, "kim@example.com", "a long password")
    await fill(platform, tenant, principal, contract.id)
    [head] = [each for each in await heads(platform.relay_url) if each.tenant == tenant.id]
    await keep(platform.platform.database, head, anchors(platform.settings, platform.state))
    path, news = tmp_path_factory.mktemp("export") / "tenant.zip", []
    done = await export(platform.settings, platform.state, tenant.slug, path, news.append)
    secrets = [key.secret, link, invitation.token, opened.token, hook.secret, "a long password"]
    return tenant, contract.id, path, done, secrets, news


async def fill(platform, tenant, principal, contract_id) -> None:
    consuming = asyncio.create_task(historian.consume(platform.platform, tenant.id))
    body = presses.body(list(KEYS), ROWS)
    receipt = await readings.ingest(
        platform.platform, principal, "press", body, BodyFormat.ARROW, ErrorPolicy.REJECT_FAILED_ROWS
    )
    bucket = await platform.platform.objects.bucket(tenant.id)
    table = HistoryTable.of(bucket, f"history/{contract_id}", ("asset",))
    async with asyncio.timeout(60):
        while await asyncio.to_thread(lambda: rows_in(table)) < receipt.stored:
            await asyncio.sleep(0.2)
    consuming.cancel()
    await asyncio.gather(consuming, return_exceptions=True)
    bucket.client.put_object(bucket.name, "artefacts/abc/weights.safetensors", io.BytesIO(PACK), len(PACK))
    bucket.client.put_object(bucket.name, "pipelines/fed.whl", io.BytesIO(PACK), len(PACK))
    bucket.client.put_object(bucket.name, "snapshots/def/manifest.json", io.BytesIO(b"{}"), 2)


def rows_in(table: HistoryTable) -> int:
    found = table.refresh()
    return 0 if found is None else sum(found.get_add_actions(flatten=True).column("num_records").to_pylist())


def lines(path: Path, name: str) -> list[dict]:
    with zipfile.ZipFile(path) as archive:
        return [json.loads(line) for line in archive.read(name).decode().splitlines()]


def manifest(path: Path) -> dict:
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("manifest.json"))


def test_the_manifest_knows_every_file(made):
    tenant, _, path, done, _, news = made
    told = manifest(path)
    assert told["tenant"] == {"id": str(tenant.id), "slug": tenant.slug}
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted([*(each["path"] for each in told["files"]), "manifest.json"])
        for each in told["files"]:
            content = archive.read(each["path"])
            assert (each["bytes"], each["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
            if "rows" in each:
                assert each["rows"] == content.count(b"\n")
        readme = archive.read("README.md").decode()
    assert done.files == len(told["files"]) + 1
    for name in (
        "tables/",
        "readings/",
        "scores/",
        "models/",
        "pipelines/",
        "snapshots/",
        "audit/verify.py",
        "manifest.json",
    ):
        assert name in readme
    assert "table asset: 2 rows" in news
    assert path.stat().st_mode & 0o777 == 0o600


def test_every_row_of_every_table_is_in_it(made, platform):
    tenant, _, path, *_ = made
    written = {each["path"]: each["rows"] for each in manifest(path)["files"] if each["path"].startswith("tables/")}
    with psycopg.connect(platform.superuser_url) as connection:
        known = connection.execute(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND column_name = 'tenant_id'"
        ).fetchall()
        names = {name for (name,) in known}
        assert written.keys() == {f"tables/{name}.jsonl" for name in names - tables.LEFT_OUT.keys()}
        for name in names - tables.LEFT_OUT.keys():
            rows = connection.execute(f"SELECT to_jsonb(t) FROM {name} t WHERE tenant_id = %s", [tenant.id]).fetchall()
            hidden = set(tables.SECRETS.get(name, ()))
            expected = [{key: value for key, value in row.items() if key not in hidden} for (row,) in rows]
            found = lines(path, f"tables/{name}.jsonl")
            assert sorted(map(str, found)) == sorted(map(str, expected)), name
    assert [row["name"] for row in lines(path, "tables/tenant.jsonl")] == [tenant.name]


def test_readings_are_there_as_stored(made, platform, tmp_path):
    _, contract_id, path, *_ = made
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    found = pl.read_parquet(tmp_path / "readings" / str(contract_id) / "**/*.parquet", hive_partitioning=True)
    ids = {row["id"] for row in lines(path, "tables/asset.jsonl")}
    assert (found.height, set(found["asset"].cast(str).unique())) == (ROWS * len(KEYS), ids)
    assert set(presses.CONTRACT.keys) <= set(found.columns)
    assert (found["time"].dt.date() == found["date"]).all()
    [table] = [each for each in manifest(path)["delta_tables"] if each["path"] == f"readings/{contract_id}"]
    assert table["rows"] == found.height
    assert (tmp_path / "models/abc/weights.safetensors").read_bytes() == PACK
    assert (tmp_path / "pipelines/fed.whl").read_bytes() == PACK
    assert (tmp_path / "snapshots/def/manifest.json").read_bytes() == b"{}"


def test_its_trail_is_verified_without_us(made, tmp_path):
    _, _, path, *_ = made
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)

    def verify() -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-I", tmp_path / "audit/verify.py"], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout

    records = tmp_path / "audit/records.jsonl"
    last = json.loads(records.read_text().splitlines()[-1])
    assert verify() == (0, f"{last['number']} records, whole. The last digest is {last['digest']}\n")
    whole = records.read_text()
    [edited] = [n for n, line in enumerate(whole.splitlines(), 1) if "lee@example.com" in line][:1]
    records.write_text(whole.replace("lee@example.com", "eve@example.com", 1))
    assert verify() == (1, f"Record {edited} or one of its changes was edited.\n")
    records.write_text("\n".join(whole.splitlines()[:-1]) + "\n")
    assert verify()[0] == 1
    assert "does not go through its anchor" in verify()[1]


def test_nobody_can_sign_in_with_it(made):
    """Neither a secret nor a digest of one is anywhere in it."""
    _, _, path, _, secrets, _ = made
    digests = [hashlib.sha256(secret.encode()).hexdigest() for secret in secrets]
    with zipfile.ZipFile(path) as archive:
        everything = b"\n".join(archive.read(name) for name in archive.namelist())
    for each in (*secrets, *digests, "argon2", 'password_hash":'):
        assert each.encode() not in everything


def test_a_column_that_sounds_like_a_secret_is_left_out_or_named_here(platform):
    no_secret = {
        "blueprint_version.digest", "blueprint_version.plugin_digest", "contract_version.digest",
        "dataset_snapshot.digest", "ingest_receipt.digest", "model_version.artefact_digest",
        "pipeline_version.digest", "plugin_enabling.secret_names", "run.snapshot_digest",
        "webhook_endpoint.former_secret_until",
    }  # fmt: skip
    with psycopg.connect(platform.superuser_url) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        ).fetchall()
    sounding = {
        f"{table}.{column}"
        for table, column in columns
        if re.search(r"secret|digest|hash|token|password|credential", column)
        and table not in tables.LEFT_OUT
        and column not in tables.SECRETS.get(table, ())
    }
    assert sounding == no_secret


def test_secrets_name_columns_that_there_are(platform):
    with psycopg.connect(platform.superuser_url) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        ).fetchall()
    assert {(table, column) for table, names in tables.SECRETS.items() for column in names} <= set(columns)
    assert tables.LEFT_OUT.keys() <= {table for table, _ in columns}


async def test_it_is_of_one_moment(platform, made):
    """Rows that are committed while it is written are in none of its tables."""
    tenant, *_ = made
    principal = system_principal(tenant.id)
    with tables.snapshot(platform.app_url, tenant.id) as (connection, _):
        async with platform.unit(tenant) as uow:
            await assets.create_assets(uow, principal, [NewAsset("late", "late", "Ulsan", "Hall", "press")])
            await uow.commit()
        [count] = connection.execute("SELECT count(*) FROM asset").fetchone()
    assert count == len(KEYS)


async def test_a_tenant_is_not_deleted_under_it(platform, monkeypatch):
    monkeypatch.setattr("infra.rows._PATIENCE", "500ms")
    tenant = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Ulsan Drills")
    await enclaves.ensure_enclave(platform.platform, tenant.id)
    arguments = (platform.settings, platform.state, tenant.id, tenant.slug, "ada", lambda step: None)
    with tables.held(platform.app_url, tenant.id):
        with pytest.raises(TenantBusy, match="an export"):
            await delete(*arguments)
        assert (await rows.count(platform.owner_url, tenant.id))["tenant"] == 1
    assert (await delete(*arguments)).remains.nothing


async def test_a_store_that_fails_on_the_way_is_said(platform, made, tmp_path, monkeypatch):
    tenant, *_ = made

    def away(*arguments):
        raise ConnectionError("the object server is away")

    monkeypatch.setattr(objects, "_copy", away)
    with pytest.raises(ExportStopped, match="nothing was kept of it: the object server is away"):
        await export(platform.settings, platform.state, tenant.slug, tmp_path / "x.zip", lambda step: None)
    assert list(tmp_path.iterdir()) == []


def test_a_large_file_is_never_in_memory(tmp_path):
    piece, pieces = bytes(1024 * 1024), 200
    tracemalloc.start()
    with Archive(tmp_path / "x.zip") as archive, archive.file("large.parquet") as writer:
        for _ in range(pieces):
            writer.write(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (archive.entries[0].bytes, peak < 20 * len(piece)) == (pieces * len(piece), True)


def test_what_was_not_finished_is_not_there(tmp_path):
    path = tmp_path / "x.zip"

    def broken() -> None:
        with Archive(path) as archive:
            archive.add("a", "a")
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        broken()
    assert list(tmp_path.iterdir()) == []
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        Archive(path)
    assert path.read_text() == "mine"


async def test_whom_there_is_not_is_not_exported(platform, tmp_path):
    with pytest.raises(TenantNotFound):
        await export(platform.settings, platform.state, "nobody", tmp_path / "x.zip", print)
    tenant = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Ulsan Drills")
    with psycopg.connect(platform.owner_url) as connection:
        connection.execute(
            "INSERT INTO platform.deletion (tenant, slug, asked_by) VALUES (%s, %s, 'ada')", [tenant.id, tenant.slug]
        )
    with pytest.raises(TenantBeingDeleted):
        await export(platform.settings, platform.state, tenant.slug, tmp_path / "x.zip", print)
    assert list(tmp_path.iterdir()) == []
