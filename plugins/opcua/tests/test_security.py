"""Signed and encrypted channels, pinned servers, users."""

import pytest
from andon_opcua.certificates import fingerprint, own
from andon_opcua.settings import OpcUaSettings
from andon_opcua.source import OpcUaSource
from opcua_plant import streaming, tag
from pydantic import ValidationError

from andon_sdk.connector import SettingsRefused, SourceUnavailable

URL = "opc.tcp://plc7:4840"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("client")


def secure(plant, folder, **more):
    return plant.settings(security="sign-and-encrypt", certificates=str(folder), **more)


async def test_an_encrypted_channel_makes_a_certificate_and_pins_the_server(plant, folder):
    settings = secure(plant, folder, username="edge", password="boil")
    async with streaming(settings, [tag("T0")]) as (received, _):
        await received.until(1)
    made = sorted(file.name for file in folder.iterdir())
    assert made == ["client.der", "client.key.pem", f"server-127.0.0.1-{plant.port}.der"]
    assert (folder / "client.key.pem").stat().st_mode & 0o777 == 0o600
    before = (folder / "client.der").read_bytes()
    async with streaming(settings, [tag("T0")]) as (received, _):
        await received.until(1)
    assert (folder / "client.der").read_bytes() == before


async def test_a_server_with_another_certificate_is_refused(plant, folder, tmp_path):
    pinned = folder / f"server-127.0.0.1-{plant.port}.der"
    pinned.write_bytes(own(tmp_path).certificate.read_bytes())
    with pytest.raises(SettingsRefused, match=f"another certificate .* delete {pinned}"):
        await OpcUaSource(secure(plant, folder)).open()
    pinned.unlink()


async def test_a_given_fingerprint_is_held_against_the_server(plant, folder):
    right = fingerprint(plant.identity.certificate.read_bytes())
    colons = ":".join(right[i : i + 2].upper() for i in range(0, 64, 2))
    source = OpcUaSource(secure(plant, folder, server_certificate=colons))
    await source.open()
    await source.close()
    with pytest.raises(SettingsRefused, match=f"fingerprint {right}, and server_certificate says {'0' * 64}"):
        await OpcUaSource(secure(plant, folder, server_certificate="0" * 64)).open()


async def test_a_wrong_password_is_refused(plant, folder):
    with pytest.raises(SettingsRefused, match="refused the user name or password"):
        await OpcUaSource(secure(plant, folder, username="edge", password="wrong")).open()


async def test_a_policy_that_is_not_offered_is_refused_with_those_that_are(plant, folder):
    settings = secure(plant, folder, policy="Aes256Sha256RsaPss")
    with pytest.raises(SettingsRefused, match="It offers: Basic256Sha256 SignAndEncrypt, None None"):
        await OpcUaSource(settings).open()


async def test_nobody_there_is_unavailable():
    with pytest.raises(SourceUnavailable, match=r"^opc.tcp://127.0.0.1:1 cannot be reached: "):
        await OpcUaSource(OpcUaSettings(url="opc.tcp://127.0.0.1:1", timeout=1)).open()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"certificate": "a.der"}, "certificate and private_key go together"),
        ({"password": "boil"}, "a password without a username"),
        ({"username": "edge", "password": "boil"}, "could cross the network unencrypted"),
        ({"publishing": 20}, "silence must be longer than publishing"),
        ({"url": "http://plc7"}, "pattern"),
        ({"sampeling": 1}, "Extra inputs"),
    ],
)
def test_settings_that_cannot_be_meant(more, said):
    with pytest.raises(ValidationError, match=said):
        OpcUaSettings.model_validate({"url": URL, **more})


def test_the_queue_holds_ten_publishings():
    assert OpcUaSettings(url=URL, publishing=5, sampling=0.5).queue_size == 100
    assert OpcUaSettings(url=URL).queue_size == 10
    assert OpcUaSettings(url=URL, sampling=0).queue_size == 1_000
    assert OpcUaSettings(url=URL, queue=7).queue_size == 7
