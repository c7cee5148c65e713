"""Rules of notifications."""

from datetime import UTC, datetime, timedelta

import pytest

from services.kernel.errors import Invalid
from services.kernel.ids import new_id
from services.kernel.reach import Reach
from services.notifications import model
from services.notifications.adapters.smtp import letter
from services.notifications.contracts import (
    MailSecurity,
    NewMailServer,
    NewSubscription,
    NotificationType,
    QuietHours,
)

ONE = (NotificationType.RUN_ENDED,)
INJECTED = "ana@acme.example\r\nBcc: eve@evil.example"


def server(**known):
    usual = {
        "host": "Smtp.Acme.example", "port": 587, "security": MailSecurity.STARTTLS, "sender": "andon@acme.example",
    }  # fmt: skip
    return NewMailServer(**usual | known)


def test_a_server_is_kept_in_one_form():
    assert model.checked_server(server(username=" u ", password="p"), Reach()) == NewMailServer(
        "smtp.acme.example", 587, MailSecurity.STARTTLS, "andon@acme.example", "u", "p"
    )
    opened = Reach.of("10.0.0.0/8")
    kept = model.checked_server(server(host="10.1.2.3", port=2525, security=MailSecurity.NONE), opened)
    assert (kept.host, kept.port) == ("10.1.2.3", 2525)


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"host": "127.0.0.1"}, "MAIL_SERVER_FORBIDDEN", "host"),
        ({"host": "169.254.169.254"}, "MAIL_SERVER_FORBIDDEN", "host"),
        ({"host": "::ffff:127.0.0.1"}, "MAIL_SERVER_FORBIDDEN", "host"),
        ({"host": "2130706433"}, "MAIL_SERVER_INVALID", "host"),
        ({"host": "0x7f.1"}, "MAIL_SERVER_INVALID", "host"),
        ({"host": "smtp.acme.example\r\nQUIT"}, "MAIL_SERVER_INVALID", "host"),
        ({"host": "smtp acme"}, "MAIL_SERVER_INVALID", "host"),
        ({"host": ""}, "MAIL_SERVER_INVALID", "host"),
        ({"port": 22}, "MAIL_SERVER_FORBIDDEN", "port"),
        ({"port": 70_000}, "MAIL_SERVER_FORBIDDEN", "port"),
        ({"security": MailSecurity.NONE}, "MAIL_SERVER_FORBIDDEN", "security"),
        ({"sender": "Andon <a@b.example>"}, "MAIL_SERVER_INVALID", "sender"),
        ({"sender": INJECTED}, "MAIL_SERVER_INVALID", "sender"),
        ({"username": "u\r\nX"}, "MAIL_SERVER_INVALID", "username"),
        ({"password": "p"}, "MAIL_SERVER_INVALID", "username"),
    ],
)
def test_a_server_that_cannot_be_is_refused(wrong, code, field):
    with pytest.raises(Invalid) as caught:
        model.checked_server(server(**wrong), Reach())
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"name": " "}, "SUBSCRIPTION_INVALID", "name"),
        ({"name": "Shift\r\nBcc: eve@evil.example"}, "SUBSCRIPTION_INVALID", "name"),
        ({"types": ()}, "SUBSCRIPTION_INVALID", "types"),
        ({"every_minutes": 0}, "SUBSCRIPTION_INVALID", "everyMinutes"),
        ({"every_minutes": 1441}, "SUBSCRIPTION_INVALID", "everyMinutes"),
        ({"addresses": ()}, "RECIPIENT_INVALID", "addresses"),
        ({"addresses": (INJECTED,)}, "RECIPIENT_INVALID", "addresses"),
        ({"addresses": ("a@b.example, c@d.example",)}, "RECIPIENT_INVALID", "addresses"),
        ({"addresses": ("a@localhost",)}, "RECIPIENT_INVALID", "addresses"),
        ({"addresses": tuple(f"a{n}@b.example" for n in range(21))}, "RECIPIENT_INVALID", "addresses"),
        ({"site": "Su\nwon"}, "SUBSCRIPTION_INVALID", "site"),
        ({"quiet": QuietHours("22:00", "24:00", "UTC")}, "SUBSCRIPTION_INVALID", "quiet"),
        ({"quiet": QuietHours("22:00", "22:00", "UTC")}, "SUBSCRIPTION_INVALID", "quiet"),
        ({"quiet": QuietHours("22:00", "06:00", "Mars/Base")}, "SUBSCRIPTION_INVALID", "quiet"),
    ],
)
def test_a_subscription_that_cannot_be_is_refused(wrong, code, field):
    usual = {"name": "Shift", "types": ONE, "addresses": ("ana@acme.example",)}
    with pytest.raises(Invalid) as caught:
        model.checked_subscription(NewSubscription(**usual | wrong))
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_subscription_is_kept_in_one_form():
    member = new_id()
    kept = model.checked_subscription(
        NewSubscription(" Shift ", (*ONE, *ONE), ("a@b.example", "a@b.example "), (member, member), " ", "Line 1", "")
    )
    expected = NewSubscription("Shift", ONE, ("a@b.example",), (member,), None, "Line 1", None)
    assert kept == expected


@pytest.mark.parametrize(
    ("start", "end", "hour", "quiet"),
    [("22:00", "06:00", 21, True), ("22:00", "06:00", 20, False), ("22:00", "06:00", 4, True),
     ("22:00", "06:00", 5, False), ("12:00", "13:00", 11, True), ("12:00", "13:00", 12, False)],
)  # fmt: skip
def test_quiet_hours_are_those_of_the_zone(start, end, hour, quiet):
    """Vienna is an hour ahead of UTC in winter."""
    now = datetime(2026, 1, 10, hour, tzinfo=UTC)
    assert model.is_quiet(QuietHours(start, end, "Europe/Vienna"), now) is quiet
    assert model.is_quiet(None, now) is False


def test_tries_are_further_and_further_apart_and_end():
    minutes = [model.wait(tries) for tries in range(1, 7)]
    assert minutes == [timedelta(minutes=each) for each in (1, 5, 30, 120, 480)] + [None]


def test_a_hostile_name_stays_inside_its_line():
    hostile = "Press\r\nBcc: eve@evil.example\u2028\x00" + "x" * 300
    subject = model.subject_of([f"Alarm: {hostile}"], 1)
    assert "\n" not in subject
    assert len(subject) == len("[Andon] ") + model.LONGEST_SUBJECT
    message = letter("andon@acme.example", ["ana@acme.example"], subject, "text", "id")
    assert message.get_all("Bcc") is None
    head = message.as_bytes().split(b"\r\n\r\n")[0]
    assert not [line for line in head.split(b"\r\n") if line.lower().startswith(b"bcc")]
    assert model.subject_of(["Alarm: Press", "x"], 2) == "[Andon] 2 messages, the first: Alarm: Press"
