"""Buckets on a real S3 with IAM: a key that is known is kept, one that was never stored is made again."""

import io
from dataclasses import replace

import pytest
from minio.commonconfig import ENABLED
from minio.error import S3Error
from minio.versioningconfig import VersioningConfig
from outside import servers

from infra.local import s3
from infra.outside.buckets import IamBuckets
from infra.outside.iam import Admin, Iam
from services.enclaves.adapters.objects import open_bucket
from services.enclaves.errors import ProvisioningFailed

pytestmark = pytest.mark.platform


@pytest.fixture(scope="module")
async def outside():
    async with servers("s3") as found:
        yield found


@pytest.fixture
def buckets(outside):
    return IamBuckets(outside.s3_endpoint, outside.s3_endpoint, Admin(s3.ADMIN, outside.s3_secret_key))


@pytest.fixture
def iam(outside):
    return Iam(outside.s3_endpoint, Admin(s3.ADMIN, outside.s3_secret_key))


async def test_a_known_key_is_kept(buckets, iam):
    first = await buckets.ensure("tenant-kept", None)
    assert await buckets.ensure("tenant-kept", first) == first
    assert iam.access_keys("tenant-kept") == [first.access_key]
    assert first.secret_key not in repr(iam)


async def test_a_key_that_was_never_stored_is_deleted_and_made_again(buckets, iam):
    lost = await buckets.ensure("tenant-lost", None)
    found = await buckets.ensure("tenant-lost", None)
    assert found.access_key != lost.access_key
    assert iam.access_keys("tenant-lost") == [found.access_key]
    open_bucket(found).client.put_object("tenant-lost", "x", io.BytesIO(b"x"), 1)
    with pytest.raises(S3Error):
        list(open_bucket(lost).client.list_objects("tenant-lost"))


async def test_a_key_that_others_deleted_is_made_again(buckets, iam):
    known = await buckets.ensure("tenant-gone", None)
    iam.delete_access_key("tenant-gone", known.access_key)
    assert (await buckets.ensure("tenant-gone", known)).access_key != known.access_key


async def test_a_key_a_tenant_made_for_itself_is_deleted(buckets, iam, outside):
    known = await buckets.ensure("tenant-self", None)
    Iam(outside.s3_endpoint, Admin(known.access_key, known.secret_key)).create_access_key("tenant-self")
    assert len(iam.access_keys("tenant-self")) == 2
    assert await buckets.ensure("tenant-self", known) == known
    assert iam.access_keys("tenant-self") == [known.access_key]


async def test_a_credential_opens_its_own_bucket_only(buckets):
    ours, theirs = [await buckets.ensure(name, None) for name in ("tenant-a", "tenant-b")]
    client = open_bucket(ours).client
    client.put_object("tenant-a", "x", io.BytesIO(b"x"), 1)
    client.remove_object("tenant-a", "x")
    open_bucket(theirs).client.put_object("tenant-b", "x", io.BytesIO(b"secret"), 6)
    for act in (
        lambda: client.get_object("tenant-b", "x"),
        lambda: client.put_object("tenant-b", "y", io.BytesIO(b"x"), 1),
        lambda: client.remove_object("tenant-b", "x"),
        lambda: list(client.list_objects("tenant-b")),
        lambda: client.make_bucket("tenant-c"),
        lambda: client.remove_bucket("tenant-a"),
    ):
        with pytest.raises(S3Error) as refused:
            act()
        assert refused.value.code == "AccessDenied"


async def test_where_there_is_no_iam_it_is_said(platform, buckets, outside):
    """The embedded object server has its IAM switched off."""
    admin = Admin(s3.ADMIN, platform.state.secret("s3-admin"))
    local = s3.endpoint(platform.state)
    for endpoint in (local, "http://127.0.0.1:9"):
        with pytest.raises(ProvisioningFailed, match="Set ANDON_S3_IAM_ENDPOINT"):
            await IamBuckets(local, endpoint, admin).ensure("tenant-x", None)
    wrong = replace(Admin(s3.ADMIN, outside.s3_secret_key), secret_key="guess")
    with pytest.raises(ProvisioningFailed):
        await IamBuckets(outside.s3_endpoint, outside.s3_endpoint, wrong).ensure("tenant-x", None)
    with pytest.raises(ProvisioningFailed, match="not given the object store's admin key"):
        await IamBuckets(outside.s3_endpoint, outside.s3_endpoint, None).ensure("tenant-x", None)


async def test_a_bucket_is_removed_with_all_that_is_in_it_and_its_user(buckets, iam):
    known = await buckets.ensure("tenant-removed", None)
    client = open_bucket(known).client
    for name in ("a", "b/c", "b/d/e"):
        client.put_object("tenant-removed", name, io.BytesIO(b"x"), 1)
    client._create_multipart_upload("tenant-removed", "half", {})
    assert await buckets.objects("tenant-removed") == 4
    for _ in range(2):  # also when it was removed before
        await buckets.remove("tenant-removed")
        assert await buckets.objects("tenant-removed") == 0
    with pytest.raises(S3Error):
        client.put_object("tenant-removed", "late", io.BytesIO(b"x"), 1)
    assert iam.access_keys("tenant-removed") == []


async def test_versions_of_objects_go_too(buckets, outside):
    known = await buckets.ensure("tenant-versions", None)
    admin = buckets._client(Admin(s3.ADMIN, outside.s3_secret_key))
    admin.set_bucket_versioning("tenant-versions", VersioningConfig(ENABLED))
    for content in (b"old", b"new"):
        open_bucket(known).client.put_object("tenant-versions", "x", io.BytesIO(content), 3)
    open_bucket(known).client.remove_object("tenant-versions", "x")
    assert await buckets.objects("tenant-versions") == 3
    await buckets.remove("tenant-versions")
    assert await buckets.objects("tenant-versions") == 0
