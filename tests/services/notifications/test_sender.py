"""From news to a mail server that is not ours."""

import re
import ssl
from datetime import timedelta

import pytest
from mail_receiver import PASSWORD, USER, mail_receiver

from services.kernel.reach import Reach
from services.kernel.rights import Role
from services.monitoring import api as monitoring
from services.notifications import api
from services.notifications.contracts import MailSecurity, MailState, NotificationType, QuietHours
from services.tenancy import api as tenancy

pytestmark = pytest.mark.platform


async def test_an_alarm_is_told_with_machine_time_reason_and_page(plant, receiver):
    await plant.server(receiver.port)
    subscription = await plant.subscription()
    await plant.alarms(0)
    await plant.look()
    [letter], [mail] = receiver.letters, await plant.mails(subscription)
    machine, raised = plant.machines[0], plant.now()
    assert (letter["From"], letter["To"]) == ("Andon <andon@acme.example>", "ana@acme.example")
    assert (letter["Subject"], letter["Auto-Submitted"]) == ("[Andon] Alarm: Press 0", "auto-generated")
    assert letter["Message-ID"] == f"<{mail.id.hex}@acme.example>"
    assert letter.get_content().splitlines() == [
        "Alarm: Press 0",
        f"Press 0 ({machine.key}), Suwon, Line 1",
        f"Since {raised:%Y-%m-%d %H:%M} UTC. The score is 2.3 times its limit. "
        "Most of it comes from pressure (62%), flow (21%).",
        f"https://andon.acme.example/assets/{machine.key}",
        "",
        "--",
        "Sent by Andon for the subscription “Shift”: at most one mail in 15 min. An admin of your tenant changes that.",
    ]
    assert (mail.state, mail.tries, mail.items, mail.last_error) == (MailState.SENT, 1, 1, None)
    assert mail.recipients == ("ana@acme.example",)


async def test_a_flood_is_one_mail_with_a_count_and_the_next_waits(plant, receiver):
    await plant.server(receiver.port)
    subscription = await plant.subscription(every_minutes=15)
    await plant.alarms(*[0] * 30)
    await plant.look()
    await plant.alarms(1, 2)
    await plant.look()
    [letter] = receiver.letters
    assert letter["Subject"] == "[Andon] 30 messages, the first: Alarm: Press 0"
    assert letter.get_content().count("Alarm: Press 0") == 20
    assert "And 10 more, which Andon lists." in letter.get_content()
    plant.later = timedelta(minutes=16)
    await plant.look()
    assert [each.items for each in await plant.mails(subscription)] == [2, 30]
    assert receiver.letters[1]["Subject"] == "[Andon] 2 messages, the first: Alarm: Press 1"


async def test_news_that_comes_twice_is_told_once(plant, receiver):
    await plant.server(receiver.port)
    await plant.subscription()
    [alarm] = await plant.alarms(0)
    payload = {"alarm_ids": [str(alarm)], "state": "active"}
    told = await plant.news("monitoring.alarms_raised", **payload)
    await plant.news("monitoring.alarms_raised", **told)
    await plant.look()
    assert receiver.letters[0]["Subject"] == "[Andon] 2 messages, the first: Alarm: Press 0", "alarms() and the twin"


async def test_what_is_shelved_is_not_told_nor_what_the_platform_muted(plant, receiver):
    await plant.server(receiver.port)
    subscription = await plant.subscription()
    [alarm] = await plant.alarms(0, cleared_at=None)
    await plant.do(monitoring.shelve, alarm, plant.now() + timedelta(hours=1))
    await plant.news("monitoring.alarms_raised", alarm_ids=[str(alarm)], state="shelved")
    await plant.look()
    assert (receiver.letters, await plant.mails(subscription)) == ([], [])


@pytest.mark.parametrize(
    ("narrowed", "told"),
    [
        ({}, [0, 1, 2]),
        ({"site": "Suwon"}, [0, 1]),
        ({"site": "Suwon", "line": "Line 1"}, [0]),
        ({"labels": "team=a"}, [0, 2]),
        ({"labels": "team=a", "site": "Vienna"}, [2]),
        ({"site": "Nowhere"}, []),
        ({"types": (NotificationType.CASE_OPENED,)}, []),
        ({"paused": True}, []),
    ],
)
async def test_a_subscription_looks_at_its_machines_only(plant, receiver, narrowed, told):
    await plant.server(receiver.port)
    await plant.subscription(**narrowed)
    await plant.alarms(0, 1, 2)
    await plant.look()
    text = "".join(letter.get_content() for letter in receiver.letters)
    assert sorted({int(each) for each in re.findall(r"^Alarm: Press (\d)", text, re.MULTILINE)}) == told


async def test_quiet_hours_wait_and_are_over(plant, receiver):
    await plant.server(receiver.port)
    now = plant.now()
    quiet = QuietHours(f"{now - timedelta(hours=1):%H:%M}", f"{now + timedelta(hours=1):%H:%M}", "UTC")
    await plant.subscription(quiet=quiet)
    await plant.alarms(0)
    await plant.look()
    assert receiver.letters == []
    plant.later = timedelta(hours=2)
    await plant.look()
    assert len(receiver.letters) == 1


async def test_a_member_is_told_at_their_address_and_no_more_once_gone(plant, receiver):
    await plant.server(receiver.port)
    member = await plant.do(tenancy.add_member, "bo@acme.example", "Bo", Role.OPERATOR, "a long enough password")
    subscription = await plant.subscription(addresses=(), member_ids=(member.id,))
    assert [told.email for told in subscription.members] == ["bo@acme.example"]
    await plant.do(api.send_test, subscription.id)
    await plant.look()
    assert receiver.recipients == [["bo@acme.example"]]
    await plant.do(tenancy.remove_member, member.id)
    await plant.do(api.send_test, subscription.id)
    await plant.look()
    [newest, _] = await plant.mails(subscription)
    assert (newest.state, newest.last_error) == (MailState.FAILED, "Nobody is left to send it to.")
    assert len(receiver.letters) == 1


@pytest.mark.parametrize("starttls", [True, False])
async def test_it_goes_encrypted_and_logged_in(plant, certificate, starttls):
    plant.tls = ssl.create_default_context(cafile=certificate)
    async with mail_receiver(certificate, starttls=starttls, login=True) as receiver:
        security = MailSecurity.STARTTLS if starttls else MailSecurity.TLS
        await plant.server(receiver.port, security, USER, PASSWORD)
        subscription = await plant.subscription()
        await plant.do(api.send_test, subscription.id)
        await plant.look()
        [letter], [mail] = receiver.letters, await plant.mails(subscription)
        assert (receiver.logins, letter["Subject"]) == ([(USER, PASSWORD)], "[Andon] Test message")
        assert (mail.state, mail.test, mail.last_error) == (MailState.SENT, True, None)


@pytest.mark.parametrize("starttls", [True, False])
async def test_a_certificate_that_nobody_vouches_for_gets_nothing(plant, certificate, starttls):
    async with mail_receiver(certificate, starttls=starttls, login=True) as receiver:
        security = MailSecurity.STARTTLS if starttls else MailSecurity.TLS
        await plant.server(receiver.port, security, USER, PASSWORD)
        [mail] = await try_once(plant)
        assert mail.last_error == "There is no trusted TLS connection to 127.0.0.1: CERTIFICATE_VERIFY_FAILED."
        assert (mail.state, receiver.letters, receiver.logins) == (MailState.FAILED, [], [])


async def try_once(plant):
    subscription = await plant.subscription()
    await plant.do(api.send_test, subscription.id)
    await plant.look()
    return await plant.mails(subscription)


async def test_the_servers_own_words_are_told(plant, receiver, certificate):
    await plant.server(receiver.port)
    receiver.answer = "554 5.7.1 Blocked\tby policy"
    [mail] = await try_once(plant)
    assert (mail.state, mail.last_error) == (MailState.FAILED, "The server answered 554 5.7.1 Blocked by policy")
    await plant.server(receiver.port, MailSecurity.STARTTLS)
    [mail] = await try_once(plant)
    told = "The server does not offer what is needed: STARTTLS extension not supported by server."
    assert (mail.state, mail.last_error) == (MailState.FAILED, told)
    assert receiver.letters == [], "nothing goes in the clear where encryption was asked for"
    plant.tls = ssl.create_default_context(cafile=certificate)
    async with mail_receiver(certificate, login=True) as guarded:
        await plant.server(guarded.port, MailSecurity.STARTTLS, USER, "wrong")
        [mail] = await try_once(plant)
    assert mail.last_error == "The server refused the login: 535 5.7.8 Authentication credentials invalid"
    await plant.server(guarded.port)
    [mail] = await try_once(plant)
    assert mail.last_error.startswith("The connection failed: [Errno 111]")


async def test_who_is_refused_is_named_and_the_others_are_told(plant, receiver):
    await plant.server(receiver.port)
    receiver.refused = {"gone@acme.example": "550 5.1.1 Nobody here"}
    subscription = await plant.subscription(addresses=("ana@acme.example", "gone@acme.example"))
    await plant.do(api.send_test, subscription.id)
    await plant.look()
    [mail] = await plant.mails(subscription)
    assert (mail.state, receiver.recipients) == (MailState.SENT, [["ana@acme.example"]])
    assert mail.last_error == "Refused for gone@acme.example: 550 5.1.1 Nobody here"


async def test_a_busy_server_is_tried_again_until_it_is_given_up(plant, receiver):
    await plant.server(receiver.port)
    receiver.answer = "451 4.3.2 Later"
    subscription = await plant.subscription()
    await plant.alarms(0)
    waits = []
    for _ in range(6):
        await plant.look()
        [mail] = await plant.mails(subscription)
        if mail.next_try_at is not None:
            waits.append(round((mail.next_try_at - plant.now()).total_seconds() / 60))
            plant.later += mail.next_try_at - plant.now()
    assert waits == [1, 5, 30, 120, 480]
    assert (mail.state, mail.tries, mail.last_error) == (MailState.FAILED, 6, "The server answered 451 4.3.2 Later")
    receiver.answer = "250 Taken"
    await plant.do(api.send_test, subscription.id)
    await plant.look()
    assert [each.state for each in await plant.mails(subscription)] == [MailState.SENT, MailState.FAILED]


@pytest.mark.parametrize(
    ("reach", "security", "told"),
    [
        ("10.0.0.0/8", MailSecurity.TLS, "The name leads to 127.0.0.1, which is no public address"),
        ("127.0.0.0/30", MailSecurity.NONE, "The connection failed"),
    ],
)
async def test_a_name_that_leads_inside_is_refused_when_it_is_connected_to(plant, reach, security, told):
    await plant.server(9, security, host="localhost.acme.example")
    plant.reach, plant.names = Reach.of(reach), {"localhost.acme.example": ["127.0.0.1"]}
    [mail] = await try_once(plant)
    assert mail.state is MailState.FAILED
    assert mail.last_error.startswith(told)


async def test_without_encryption_only_opened_networks_are_reached(plant):
    await plant.server(2525, host="mail.acme.example")
    plant.names = {"mail.acme.example": ["8.8.8.8"]}
    [mail] = await try_once(plant)
    assert mail.last_error == "Without encryption only networks that the operator opened are reached."


async def test_without_a_server_news_waits_and_the_old_is_let_go(plant, receiver):
    subscription = await plant.subscription()
    await plant.alarms(0)
    await plant.look()
    assert await plant.mails(subscription) == []
    await plant.server(receiver.port)
    await plant.look()
    assert [each.items for each in await plant.mails(subscription)] == [1]
