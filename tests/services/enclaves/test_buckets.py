"""A tenant's bucket: its credential reaches it, whatever the path, and nothing else."""

import asyncio
import http.client
import io
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake
from minio import Minio
from minio.commonconfig import CopySource
from minio.credentials import Credentials
from minio.error import S3Error
from minio.signer import sign_v4_s3

from services.enclaves import api
from services.kernel.clock import utc_now
from services.kernel.rights import system_principal

pytestmark = pytest.mark.platform


@pytest.fixture
async def ours(platform, tenant):
    return await platform.platform.objects.bucket(tenant.id)


@pytest.fixture
async def theirs(platform, other_tenant):
    bucket = await platform.platform.objects.bucket(other_tenant.id)
    await asyncio.to_thread(bucket.client.put_object, bucket.name, "artefacts/1", io.BytesIO(b"secret"), 6)
    return bucket


def denied(act: Callable[[], object]) -> str:
    """The server's code, of what it refused."""
    with pytest.raises(S3Error) as caught:
        act()
    return caught.value.code


async def test_own_bucket(ours) -> None:
    client, name = ours.client, ours.name
    client.put_object(name, "artefacts/ab/manifest.json", io.BytesIO(b"{}"), 2)
    assert client.get_object(name, "artefacts/ab/manifest.json").data == b"{}"
    assert [item.object_name for item in client.list_objects(name, "artefacts/", recursive=True)] == [
        "artefacts/ab/manifest.json"
    ]
    assert [bucket.name for bucket in client.list_buckets()] == [name]
    client.remove_object(name, "artefacts/ab/manifest.json")
    assert list(client.list_objects(name, "artefacts/", recursive=True)) == []


async def test_delta_table(ours) -> None:
    uri = f"s3://{ours.name}/history/x"
    for number in range(2):
        frame = pl.DataFrame({"a": [number]}).to_arrow()
        await asyncio.to_thread(write_deltalake, uri, frame, mode="append", storage_options=ours.delta_options)
    table = DeltaTable(uri, storage_options=ours.delta_options)
    assert table.version() == 1
    assert sorted(pl.read_delta(uri, storage_options=ours.delta_options)["a"]) == [0, 1]


async def test_another_tenants_bucket(ours, theirs) -> None:
    client, other = ours.client, theirs.name
    copy = CopySource(other, "artefacts/1")
    attempts = {
        "get": lambda: client.get_object(other, "artefacts/1"),
        "stat": lambda: client.stat_object(other, "artefacts/1"),
        "put": lambda: client.put_object(other, "mine", io.BytesIO(b"x"), 1),
        "delete": lambda: client.remove_object(other, "artefacts/1"),
        "list": lambda: list(client.list_objects(other)),
        "exists": lambda: client.bucket_exists(other),
        "copy from": lambda: client.copy_object(ours.name, "stolen", copy),
        "make bucket": lambda: client.make_bucket("a-bucket-of-mine"),
        "remove own bucket": lambda: client.remove_bucket(ours.name),
        "policy": lambda: client.set_bucket_policy(ours.name, '{"Version": "2012-10-17", "Statement": []}'),
    }
    assert {name: denied(act) for name, act in attempts.items()} == dict.fromkeys(attempts, "AccessDenied")
    assert theirs.client.get_object(other, "artefacts/1").data == b"secret"
    assert [item.object_name for item in theirs.client.list_objects(other)] == ["artefacts/"]


@pytest.mark.parametrize(
    "way",
    [
        "/{ours}/../{theirs}/artefacts/1",
        "/{ours}/%2e%2e/{theirs}/artefacts/1",
        "/{ours}/..%2f{theirs}%2fartefacts%2f1",
        "/{ours}/./../{theirs}/artefacts/1",
        "/{ours}//../{theirs}/artefacts/1",
        "/{ours}%2f..%2f{theirs}/artefacts/1",
        "/{ours}/a/../../{theirs}/artefacts/1",
        "/./{theirs}/artefacts/1",
        "/{theirs}/artefacts/1?versionId=null",
        "/*/artefacts/1",
    ],
)
async def test_no_path_leads_there(platform, tenant, ours, theirs, way: str) -> None:
    async with platform.unit(tenant) as uow:
        credential = await api.bucket_credential(uow, system_principal(tenant.id), platform.platform.ground)
    path = way.format(ours=ours.name, theirs=theirs.name)
    for method, body in (("GET", b""), ("PUT", b"overwritten"), ("DELETE", b"")):
        assert b"secret" not in send(credential, method, path, body)
    assert theirs.client.get_object(theirs.name, "artefacts/1").data == b"secret"


def send(credential, method: str, path: str, body: bytes) -> bytes:
    """Sends a signed request whose path is as written, tidied up by nobody, and returns what came back."""
    host = urlsplit(credential.endpoint).netloc
    signed = sign_v4_s3(
        method=method,
        url=urlsplit(credential.endpoint + path),
        region="us-east-1",
        headers={
            "Host": host,
            "x-amz-date": f"{utc_now():%Y%m%dT%H%M%SZ}",
            "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
        },
        credentials=Credentials(credential.access_key, credential.secret_key),
        content_sha256="UNSIGNED-PAYLOAD",
        date=utc_now(),
    )
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in {**signed, "Content-Length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    try:
        return connection.getresponse().read()
    finally:
        connection.close()


async def test_strangers(platform, ours, theirs) -> None:
    endpoint = urlsplit(platform.platform.ground.buckets.endpoint)
    nobody = Minio(endpoint.netloc, secure=False)
    wrong = Minio(endpoint.netloc, access_key=ours.delta_options["aws_access_key_id"], secret_key="guess", secure=False)
    assert denied(lambda: nobody.get_object(theirs.name, "artefacts/1")) == "AccessDenied"
    assert denied(lambda: list(wrong.list_objects(ours.name))) == "SignatureDoesNotMatch"
    async with httpx.AsyncClient() as client:
        for action in ("CreateAccessKey", "ListUsers", "CreateUser"):
            answer = await client.post(endpoint.geturl(), data={"Action": action, "UserName": ours.name})
            assert answer.status_code in {403, 405}
