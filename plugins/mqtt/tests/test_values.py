"""Values, times and qualities out of payloads."""

from datetime import UTC, datetime

import pytest
from andon_mqtt.values import TimeFormat, Unreadable, find, number, plain_number, pointer, quality, time_reader

from andon_sdk.connector import Quality

NOON_US = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("text", "found"),
    [("", {"a": [{"b/c": 1}], "~": 2}), ("/a/0/b~1c", 1), ("/~0", 2)],
)
def test_pointers_lead_somewhere(text, found):
    assert find({"a": [{"b/c": 1}], "~": 2}, pointer(text)) == found


@pytest.mark.parametrize("text", ["/b", "/a/1", "/a/x", "/a/0/b~1c/d"])
def test_pointers_that_lead_nowhere_say_so(text):
    with pytest.raises(Unreadable, match=f"^nothing at {text.replace('~1', '/')}$"):
        find({"a": [{"b/c": 1}]}, pointer(text))


def test_a_pointer_begins_with_a_slash():
    with pytest.raises(ValueError, match="does not begin with /"):
        pointer("a")


@pytest.mark.parametrize(
    ("value", "found"), [(1, 1.0), (-2.5, -2.5), (True, 1.0), (False, 0.0), (None, None), (2**63, float(2**63))]
)
def test_numbers(value, found):
    assert number(value) == found


@pytest.mark.parametrize("value", ["1.5", [], {}, 10**400, float("inf"), float("nan")])
def test_what_is_no_number(value):
    with pytest.raises(Unreadable, match="value is not"):
        number(value)


@pytest.mark.parametrize(("payload", "found"), [(b" 1.5\n", 1.5), (b"-3e2", -300.0), (b"true", 1.0), (b"False", 0.0)])
def test_plain_numbers(payload, found):
    assert plain_number(payload) == found


@pytest.mark.parametrize("payload", [b"", b"12,5", b"on", b"nan", b"inf", b"\xff"])
def test_what_is_no_plain_number(payload):
    with pytest.raises(Unreadable):
        plain_number(payload)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (True, Quality.GOOD), (False, Quality.BAD),
        ("GOOD", Quality.GOOD), ("bad", Quality.BAD), ("?", Quality.UNCERTAIN),
        (192, Quality.GOOD), (216, Quality.GOOD), (64, Quality.UNCERTAIN), (0, Quality.BAD), (500, Quality.UNCERTAIN),
        (None, Quality.UNCERTAIN),
    ],
)  # fmt: skip
def test_qualities(said, meant):
    assert quality(said) is meant


@pytest.mark.parametrize(
    ("form", "zone", "said"),
    [
        ("iso", None, "2026-03-01T12:00:00Z"), ("iso", None, "2026-03-01T13:00:00+01:00"),
        ("iso", "Europe/Berlin", "2026-03-01T13:00:00"), ("iso", "Europe/Berlin", "2026-03-01T12:00:00Z"),
        ("s", None, NOON_US / 1e6), ("ms", None, NOON_US // 1000), ("us", None, NOON_US), ("ns", None, NOON_US * 1000),
    ],
)  # fmt: skip
def test_times(form, zone, said):
    assert time_reader(TimeFormat(form), zone)(said) == NOON_US


@pytest.mark.parametrize(
    ("form", "said", "why"),
    [
        ("iso", "2026-03-01T12:00:00", "time says no zone, and time_zone is not set"),
        ("iso", "noon", "time is not ISO 8601"),
        ("iso", 5, "time is not ISO 8601"),
        ("s", "5", "time is not a number"),
        ("s", True, "time is not a number"),
        ("s", 1e12, "time is not between 1970 and 2200"),
        ("ms", -1, "time is not between 1970 and 2200"),
        ("iso", "0001-01-01T00:00:00Z", "time is not between 1970 and 2200"),
    ],
)
def test_what_is_no_time(form, said, why):
    with pytest.raises(Unreadable, match=f"^{why}$"):
        time_reader(TimeFormat(form), None)(said)


def test_a_zone_exists_and_is_for_times_of_a_calendar():
    with pytest.raises(ValueError, match="no time zone “Mars/North”"):
        time_reader(TimeFormat.ISO, "Mars/North")
    with pytest.raises(ValueError, match="time_zone is for times of the format iso"):
        time_reader(TimeFormat.SECONDS, "Europe/Berlin")
