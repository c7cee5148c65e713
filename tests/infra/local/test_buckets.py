"""Credentials of a bucket on the object server that runs here: exchanged, and void afterwards."""

import asyncio

import pytest
from minio.error import S3Error

from infra.local import s3
from infra.provisioning import look_in
from services.kernel.ids import new_id

pytestmark = pytest.mark.platform


@pytest.fixture
async def bucket(platform):
    name = f"tenant-{new_id().hex}"
    yield name
    await platform.platform.ground.buckets.remove(name)


async def test_a_known_credential_is_kept(platform, bucket):
    buckets = platform.platform.ground.buckets
    known = await buckets.ensure(bucket, None)
    assert await buckets.ensure(bucket, known) == known


async def test_the_one_that_passes_is_good_until_the_next_call(platform, bucket):
    buckets = platform.platform.ground.buckets
    first = await buckets.ensure(bucket, None)
    second = await buckets.ensure(bucket, None, passing=first)
    assert second.access_key != first.access_key
    await asyncio.gather(look_in(first), look_in(second))
    assert await buckets.ensure(bucket, second) == second
    await look_in(second)
    for _ in range(3):
        with pytest.raises(S3Error):
            await look_in(first)


async def test_one_that_was_never_kept_is_void_with_the_next(platform, bucket):
    buckets = platform.platform.ground.buckets
    lost = await buckets.ensure(bucket, None)
    await look_in(await buckets.ensure(bucket, None))
    with pytest.raises(S3Error):
        await look_in(lost)


async def test_no_secret_of_a_removed_bucket_is_left_in_the_file(platform, bucket):
    buckets = platform.platform.ground.buckets
    given = await buckets.ensure(bucket, None)
    await buckets.remove(bucket)
    assert given.secret_key not in s3.identities_file(platform.state).read_text()
