"""Rules of webhooks."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from services.kernel.reach import Reach
from services.webhooks import model
from services.webhooks.catalogue import TYPES
from services.webhooks.errors import (
    DescriptionTooLong,
    WebhookTypesInvalid,
    WebhookUrlForbidden,
    WebhookUrlInvalid,
)

NOWHERE, PLANT = Reach(), Reach.of("127.0.0.0/8")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://example.com/hook?a=1", "https://example.com/hook?a=1"),
        (" https://example.com ", "https://example.com"),
        ("https://EXAMPLE.com:8443/x", "https://example.com:8443/x"),
        ("https://bücher.example/hook", "https://xn--bcher-kva.example/hook"),
        ("https://1.1.1.1/", "https://1.1.1.1/"),
        ("https://[2606:4700::1]/", "https://[2606:4700::1]/"),
    ],
)
def test_an_address_is_kept_in_one_form(given, kept):
    assert model.checked_url(given, NOWHERE) == kept


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "ftp://example.com", "file:///etc/passwd", "https://", "https:///x", "//example.com",
        "https://user@example.com/", "https://user:pass@example.com/", "https://1.1.1.1@127.0.0.1/",
        "https://example.com/#part", "https://exa mple.com/", "https://example.com\r\nHost: x/", "https://example.com:0x1/",
        "https://example.com:99999/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/",
        "https://0177.0.0.1/", "https://127.1/", "https://127.0.0.1./", "https://0/", "https://①②⑦.0.0.1/",
        "https://ⓛocalhost/", f"https://example.com/{'x' * 2000}",
    ],
)  # fmt: skip
def test_what_cannot_be_posted_to_is_refused(url):
    with pytest.raises(WebhookUrlInvalid) as caught:
        model.checked_url(url, NOWHERE)
    assert caught.value.field == "url"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest", "https://[64:ff9b::7f00:1]/", "https://example.com:22/",
        "https://example.com:25/", "https://example.com:0/",
    ],
)  # fmt: skip
def test_what_must_not_be_posted_to_is_refused(url):
    with pytest.raises(WebhookUrlForbidden) as caught:
        model.checked_url(url, NOWHERE)
    assert caught.value.field == "url"


def test_where_networks_are_opened_they_may_be_named_and_go_without_tls():
    assert model.checked_url("http://127.0.0.1:8080/x", PLANT) == "http://127.0.0.1:8080/x"
    with pytest.raises(WebhookUrlForbidden, match=r"10\.0\.0\.1 is no public address"):
        model.checked_url("https://10.0.0.1/", PLANT)


def test_types_are_known_ones_each_once():
    assert model.checked_types(["run.ended", "alarm.raised", "run.ended"], TYPES) == ["alarm.raised", "run.ended"]
    with pytest.raises(WebhookTypesInvalid, match=r"“run\.begun”") as caught:
        model.checked_types(["run.ended", "run.begun"], TYPES)
    assert caught.value.facts == {"unknown": ["run.begun"]}
    with pytest.raises(WebhookTypesInvalid, match="at least one"):
        model.checked_types([], TYPES)


def test_a_description_has_an_end():
    assert model.checked_description(" To the MES. ") == "To the MES."
    with pytest.raises(DescriptionTooLong):
        model.checked_description("x" * 501)


def test_a_secret_is_of_the_form_and_length_of_the_standard():
    secrets = {model.new_secret() for _ in range(10)}
    assert len(secrets) == 10
    for secret in secrets:
        assert secret.startswith("whsec_")
        assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32


def test_both_secrets_sign_and_a_third_does_not():
    body, now = '{"type":"run.ended","data":{"who":"Größe"}}', datetime.now(UTC)
    first, second, third = (model.new_secret() for _ in range(3))
    headers = model.headers(UUID(int=7), now, body.encode(), [first, second])
    assert headers["webhook-id"] == "msg_00000000000000000000000000000007"
    assert headers["webhook-timestamp"] == str(int(now.timestamp()))
    assert [part.partition(",")[0] for part in headers["webhook-signature"].split(" ")] == ["v1", "v1"]
    for secret in (first, second):
        assert Webhook(secret).verify(body, headers)["data"] == {"who": "Größe"}
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(third).verify(body, headers)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(first).verify(body.replace("ended", "begun"), headers)


def test_the_example_of_the_standard_is_signed_as_it_is_there():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    expected = Webhook(secret).sign("msg_00000000000000000000000000000001", NOW, '{"test": 2432232314}')
    assert model.headers(UUID(int=1), NOW, b'{"test": 2432232314}', [secret])["webhook-signature"] == expected


def test_waits_grow_as_the_standard_recommends_and_end():
    waits = [model.wait(left, 0.0) for left in range(model.MOST_TRIES - 1, 0, -1)]
    assert [str(each) for each in waits] == [
        "0:00:05", "0:05:00", "0:30:00", "2:00:00", "5:00:00", "10:00:00", "14:00:00", "20:00:00", "1 day, 0:00:00",
    ]  # fmt: skip
    assert model.wait(9, 1.0) == timedelta(seconds=6)
    assert model.wait(8, 0.5) == timedelta(minutes=5, seconds=30)


def test_a_receiver_may_ask_for_longer_but_not_for_ever():
    assert model.wait(9, 0.0, 120) == timedelta(minutes=2)
    assert model.wait(9, 0.0, 1) == timedelta(seconds=5)
    assert model.wait(9, 0.0, 10**15) == timedelta(days=1)


def test_an_endpoint_is_given_up_after_five_days_without_success():
    assert not model.given_up(None, NOW)
    assert not model.given_up(NOW - timedelta(days=5) + timedelta(seconds=1), NOW)
    assert model.given_up(NOW - timedelta(days=5), NOW)
