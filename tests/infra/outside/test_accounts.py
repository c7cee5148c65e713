"""Accounts on a real NATS in operator mode: what each user may do, rights that change, secrets that rotate."""

import asyncio
from dataclasses import replace

import nats
import pytest
from nats.errors import Error as StreamError
from nats.errors import NoServersError
from nats.errors import TimeoutError as NoAnswer
from outside import servers

from infra.outside.accounts import Operator, OperatorAccounts
from services.enclaves import model
from services.enclaves.adapters.connect import connect as connect_kept
from services.enclaves.adapters.streams import delete_streams, ensure_streams
from services.enclaves.box.login import proof
from services.enclaves.contracts import StreamCredential, StreamUser
from services.enclaves.errors import ProvisioningFailed
from services.enclaves.model import StreamRights, inbox_prefix
from services.enclaves.provisioner import StreamAccount
from services.enclaves.vault import new_secret

pytestmark = pytest.mark.platform


@pytest.fixture(scope="module")
async def outside():
    async with servers("nats") as found:
        yield found


@pytest.fixture(scope="module")
async def accounts(outside):
    keys = outside.keys
    return OperatorAccounts(outside.nats_url, "installation", Operator.of(keys.operator.seed, keys.credentials))


@pytest.fixture
async def account(accounts):
    made = StreamAccount(f"tenant-{new_secret()}", {user: new_secret() for user in StreamUser})
    await accounts.ensure(made)
    return made


async def connect(credential, prefix: str = "_INBOX"):
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error))

    client = await nats.connect(
        credential.url,
        **proof(credential.user, credential.password),
        inbox_prefix=prefix,
        error_cb=note,
        allow_reconnect=False,
        connect_timeout=2,
    )
    return client, refused


async def test_users_have_their_rights_and_no_more(accounts, account):
    platform, _ = await connect(accounts.credential(account, StreamUser.PLATFORM))
    js = platform.jetstream()
    await ensure_streams(js)
    await js.publish("train.command", b"run 1")
    user = StreamUser.TRAINER
    trainer, refused = await connect(accounts.credential(account, user), inbox_prefix(user))
    pull = await trainer.jetstream().pull_subscribe_bind("trainer", "TRAIN_COMMANDS")
    [message] = await pull.fetch(1, timeout=5)
    await message.ack_sync()
    assert message.data == b"run 1"
    assert (await trainer.jetstream().publish("train.progress.1", b"half")).stream == "TRAIN_PROGRESS"
    for subject in ("readings.x", "serve.wanted", "$JS.API.STREAM.DELETE.READINGS", "$SYS.REQ.SERVER.PING"):
        refused.clear()
        await trainer.publish(subject, b"")
        await trainer.flush()
        await asyncio.sleep(0.3)  # the refusal arrives by itself
        assert "permissions violation for publish" in refused[0].lower(), subject
    for subject in (">", "readings.>", "_INBOX.>", "$SYS.>"):
        refused.clear()
        await trainer.subscribe(subject)
        await trainer.flush()
        await asyncio.sleep(0.3)  # the refusal arrives by itself
        assert "permissions violation for subscription" in refused[0].lower(), subject
    await trainer.close()
    await platform.close()


async def test_a_token_alone_does_not_log_in(accounts, account):
    credential = accounts.credential(account, StreamUser.PLATFORM)
    token = credential.password.split(" ")[0]
    stranger = replace(credential, password=f"{token} {Operator.of.__name__}")
    with pytest.raises((StreamError, NoServersError)):
        await nats.connect(credential.url, user="x", password=token, allow_reconnect=False, connect_timeout=2)
    other = accounts.credential(replace(account, secrets=dict.fromkeys(StreamUser, "y")), StreamUser.PLATFORM)
    mixed = replace(stranger, password=f"{token} {other.password.split(' ')[1]}")
    with pytest.raises((StreamError, NoServersError)):
        await connect(mixed)


async def test_rights_that_change_hold_for_tokens_given_out_before(accounts, account, monkeypatch):
    before = accounts.credential(account, StreamUser.TRAINER)
    monkeypatch.setattr(model, "rights_of", lambda user: StreamRights(publish=("only.this",), subscribe=("_INBOX.>",)))
    await accounts.ensure(account)
    assert accounts.credential(account, StreamUser.TRAINER) == before
    client, refused = await connect(before)
    await client.publish("train.progress.1", b"")
    await client.flush()
    await asyncio.sleep(0.3)  # the refusal arrives by itself
    assert "permissions violation for publish" in refused[0].lower()
    await client.close()


async def test_a_rotated_secret_voids_the_old_one_and_keeps_the_streams(accounts, account):
    old = accounts.credential(account, StreamUser.PLATFORM)
    client, _ = await connect(old)
    await ensure_streams(client.jetstream())
    await client.close()
    fresh = replace(account, secrets={**account.secrets, StreamUser.PLATFORM: new_secret()})
    await accounts.ensure(fresh)
    with pytest.raises((StreamError, NoServersError)):
        await connect(old)
    client, _ = await connect(accounts.credential(fresh, StreamUser.PLATFORM))
    assert len(await client.jetstream().streams_info()) == len(model.STREAMS)
    await client.close()


async def test_a_connection_comes_back_with_the_secret_that_took_the_place_of_its_own(accounts, account):
    """By itself, and what it listened to goes on."""
    present = accounts.credential(account, StreamUser.PLATFORM)

    async def renewed() -> StreamCredential:
        return present

    client = await connect_kept(present, name="test", renewed=renewed)
    heard = await client.subscribe("news")
    rotated = replace(account, secrets={user: new_secret() for user in StreamUser})
    present = accounts.credential(rotated, StreamUser.PLATFORM)
    await accounts.ensure(rotated)
    async with asyncio.timeout(20):
        await asyncio.gather(until_heard(heard), tell(present))
    await client.close()


async def tell(credential: StreamCredential) -> None:
    other, _ = await connect(credential)
    for _ in range(100):
        await other.publish("news", b"x")
        await asyncio.sleep(0.05)
    await other.close()


async def until_heard(subscription) -> None:
    while True:
        try:
            await subscription.next_msg(timeout=1)
        except NoAnswer:
            continue
        return


async def test_another_operators_key_makes_no_account(outside):
    stranger = outside.keys.account  # any key that is not the operator's
    operator = replace(Operator.of(outside.keys.operator.seed, outside.keys.credentials), key=stranger)
    accounts = OperatorAccounts(outside.nats_url, "installation", operator)
    with pytest.raises(ProvisioningFailed):
        await accounts.ensure(StreamAccount("tenant-x", {user: new_secret() for user in StreamUser}))


async def test_a_process_without_the_key_gives_credentials_and_makes_nothing(accounts, account, outside):
    poor = OperatorAccounts(outside.nats_url, "installation", None)
    assert poor.credential(account, StreamUser.SCORER) == accounts.credential(account, StreamUser.SCORER)
    with pytest.raises(ProvisioningFailed, match="not given the operator's key"):
        await poor.ensure(account)


async def test_a_closed_account_lets_nobody_in_but_the_platform(accounts, account):
    client, _ = await connect(accounts.credential(account, StreamUser.TRAINER))
    await accounts.ensure(replace(account, open=False))
    async with asyncio.timeout(10):
        while client.is_connected:
            await asyncio.sleep(0.05)
    with pytest.raises((StreamError, NoServersError)):
        await connect(accounts.credential(account, StreamUser.SCORER))
    platform, _ = await connect(accounts.credential(account, StreamUser.PLATFORM))
    await platform.close()
    await accounts.ensure(account)
    again, _ = await connect(accounts.credential(account, StreamUser.TRAINER))
    await again.close()


async def test_an_account_is_removed_with_its_streams(accounts, account):
    platform, _ = await connect(accounts.credential(account, StreamUser.PLATFORM))
    await ensure_streams(platform.jetstream())
    assert await accounts.streams(account.name) == len(model.STREAMS)
    closed = StreamAccount(account.name, {user: new_secret() for user in StreamUser}, open=False)
    await accounts.ensure(closed)
    client, _ = await connect(accounts.credential(closed, StreamUser.PLATFORM))
    await delete_streams(client.jetstream())
    await client.close()
    for _ in range(2):  # also when it was removed before
        await accounts.remove(closed)
        assert await accounts.streams(account.name) == 0
    for each in (account, closed):
        with pytest.raises((StreamError, NoServersError)):
            await connect(accounts.credential(each, StreamUser.PLATFORM))
