"""The login of devices: told to admins, renewed on demand, good at the stream's MQTT port."""

from urllib.parse import urlsplit

import aiomqtt
import pytest

from services.enclaves import jobs
from services.kernel.rights import Role

pytestmark = pytest.mark.platform

ASK = "{ deviceLogin { address user password topic } }"
RENEW = """mutation ($input: RenewDeviceLoginInput!) { renewDeviceLogin(input: $input) {
  __typename ... on DeviceLogin { user password } ... on Error { code field } } }"""


async def publish(login: dict[str, str]) -> None:
    """Raises `MqttError` when the login is refused."""
    place = urlsplit(login["address"])
    async with aiomqtt.Client(
        place.hostname, place.port, username=login["user"], password=login["password"], identifier="device-1"
    ) as client:
        await client.publish(login["topic"].format(contract="pump"), b"{}", qos=1, timeout=10)


async def test_an_admin_is_told_a_login_that_works(admin, stranger):
    login = (await admin.ask(ASK))["deviceLogin"]
    assert urlsplit(login["address"]).scheme == "mqtt"
    assert login["topic"] == "andon/{contract}"
    await publish(login)
    other = (await stranger.ask(ASK))["deviceLogin"]
    assert (other["user"], other["password"]) != (login["user"], login["password"])
    with pytest.raises(aiomqtt.MqttError):
        await publish(login | {"user": other["user"]})


async def test_a_renewed_password_shuts_the_old_one_out(admin, platform, tenant):
    before = (await admin.ask(ASK))["deviceLogin"]
    renewed = (await admin.ask(RENEW, input={"user": before["user"]}))["renewDeviceLogin"]
    assert renewed["__typename"] == "DeviceLogin"
    assert renewed["user"] == before["user"]
    assert renewed["password"] != before["password"]
    await jobs.ensure(platform.platform, tenant.id, {})  # what the worker does next
    after = (await admin.ask(ASK))["deviceLogin"]
    assert after == before | {"password": renewed["password"]}
    await publish(after)
    with pytest.raises(aiomqtt.MqttError):
        await publish(before)


async def test_another_login_is_not_renewed(admin, stranger):
    theirs = (await stranger.ask(ASK))["deviceLogin"]
    answer = (await admin.ask(RENEW, input={"user": theirs["user"]}))["renewDeviceLogin"]
    assert answer == {"__typename": "NotFoundError", "code": "DEVICE_LOGIN_NOT_FOUND", "field": "user"}
    assert (await stranger.ask(ASK))["deviceLogin"] == theirs


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ENGINEER, Role.PARTNER])
async def test_nobody_else_is_told(members, role):
    answer = (await members[role].post(ASK)).json()
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
