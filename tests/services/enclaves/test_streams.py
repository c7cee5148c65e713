"""A tenant's stream account: what each user may do, and that nobody reaches another's."""

from services.tenancy.contracts import Tenant


async def test_streams_are_there(platform, tenant: Tenant) -> None:
    js = await platform.platform.streams.jetstream(tenant.id)
    names = {info.config.name for info in await js.streams_info()}
    assert names == {
        "READINGS",
        "SCORES",
        "DEVICES",
        "TRAIN_COMMANDS",
        "TRAIN_PROGRESS",
        "SERVE_WANTED",
        "SERVE_APPLIED",
    }
