"""Notices by Apprise, to a mail server and to an HTTP receiver that listen."""

import json

import pytest
from andon_apprise.plugin import destinations
from andon_apprise.settings import Settings
from andon_apprise.sink import SCHEMES, Apprise
from mail_receiver import mail_receiver
from notices import RAISED
from receiver import Receiver, answer

from andon_sdk.destination import DestinationUnavailable, SettingsRefused


async def opened(url: str, tmp_path) -> Apprise:
    sink = Apprise(Settings.model_validate({"url": url}), tmp_path)
    await sink.open()
    return sink


async def test_by_mail(tmp_path):
    async with mail_receiver() as mail:
        sink = await opened(
            f"mailto://127.0.0.1:{mail.port}?from=andon@ulm.example&to=ada@ulm.example&mode=insecure", tmp_path
        )
        await sink.deliver(RAISED)
        await sink.close()
    [letter] = mail.letters
    assert letter["subject"] == "Laser drill 2: alarm raised"
    assert mail.recipients == [["ada@ulm.example"]]
    body = letter.get_body(("plain", "html"))
    assert body is not None
    assert "Most of it comes from lens (60%)." in body.get_content()


async def test_by_http(tmp_path):
    async with Receiver.listening() as receiver:
        sink = await opened(receiver.url.replace("http", "json"), tmp_path)
        await sink.deliver(RAISED)
    [request] = receiver.requests
    said = json.loads(request.body)
    assert (said["title"], said["type"]) == ("Laser drill 2: alarm raised", "warning")


async def test_a_service_that_refuses_is_tried_again_and_says_why(tmp_path):
    async with Receiver.listening() as receiver:
        receiver.answers.append(answer(500))
        sink = await opened(receiver.url.replace("http", "json"), tmp_path)
        with pytest.raises(DestinationUnavailable, match=r"Apprise could not send it: Failed to send JSON .*error=500"):
            await sink.deliver(RAISED)
        await sink.deliver(RAISED)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("dbus://", "an address may not begin with “dbus”"),
        ("syslog://", "an address may not begin with “syslog”"),
        ("slack", "Apprise cannot read this address of slack://"),
        ("file:///etc/passwd", "an address may not begin with “file”"),
        ("slack://", "Apprise cannot read this address of slack://"),
    ],
)
async def test_addresses_that_are_refused(tmp_path, url, said):
    with pytest.raises(SettingsRefused) as caught:
        await opened(url, tmp_path)
    assert said in str(caught.value)


def test_it_is_declared():
    [declared] = destinations()
    assert (declared.key, declared.settings) == ("apprise", Settings)
    assert "json" in SCHEMES
    assert not SCHEMES & {"dbus", "gnome", "macosx", "windows", "syslog", "glib", "kde", "qt"}
