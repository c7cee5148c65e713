"""From messages of plain topics to readings, and what settings may say of them."""

import json
from datetime import UTC, datetime

import pytest
from andon_mqtt import reader as reading
from andon_mqtt.plugin import MQTT
from andon_mqtt.reader import Reader
from andon_mqtt.rows import Rows
from andon_mqtt.session import Message
from andon_mqtt.tally import Tally
from andon_mqtt.topic_settings import MqttSettings

from andon_sdk.connector import Quality, SettingsRefused, read_settings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BROKER = {"host": "broker", "client_id": "edge"}


def message(topic, payload, **more) -> Message:
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Message(
        **{
            "topic": topic,
            "payload": content,
            "qos": 1,
            "mid": 1,
            "retain": False,
            "again": False,
            "at": NOON.timestamp(),
            **more,
        }
    )


def read(topic, *messages, wanted=None):
    settings = MqttSettings.model_validate({**BROKER, "topics": [topic]})
    tally, rows = Tally("test"), Rows()
    reader = Reader(settings.topics, tally, wanted)
    for one in messages:
        reader.read(one, rows)
    return [(row["tag"], row["time"], row["value"], row["quality"]) for row in rows.batch().to_pylist()], tally.counts


@pytest.mark.parametrize(
    ("topic", "payload", "rows"),
    [
        ({"topic": "p/{tag}", "tag": "{tag}", "payload": "number"}, b"1.5", [("x", 1.5)]),
        ({"topic": "p/{tag}", "value": ""}, b"2", [("p/x", 2.0)]),
        ({"topic": "p/{tag}", "value": "/a/b"}, {"a": {"b": 3}}, [("p/x", 3.0)]),
        ({"topic": "p/{tag}", "values": {"t": "/a", "u": "/b"}}, {"a": 1, "b": 2}, [("p/x/t", 1.0), ("p/x/u", 2.0)]),
        ({"topic": "p/{tag}", "tag": "{tag}.{name}", "each": ""}, {"a": 1, "b": False}, [("x.a", 1.0), ("x.b", 0.0)]),
        ({"topic": "p/{tag}", "rows": "/r", "value": "/v"}, {"r": [{"v": 1}, {"v": 2}]}, [("p/x", 1.0), ("p/x", 2.0)]),
    ],
)
def test_ways_to_write_values(topic, payload, rows):
    assert read(topic, message("p/x", payload)) == ([(tag, NOON, value, Quality.GOOD) for tag, value in rows], {})


def test_time_and_quality_stand_beside_the_value():
    topic = {"topic": "p", "value": "/v", "time": "/t", "time_zone": "Europe/Berlin", "quality": "/q"}
    payload = {"v": 1, "t": "2026-03-01T13:00:00", "q": "bad"}
    assert read(topic, message("p", payload)) == ([("p", NOON, 1.0, Quality.BAD)], {})


def test_no_value_is_a_bad_reading():
    assert read({"topic": "p", "value": ""}, message("p", b"null")) == ([("p", NOON, None, Quality.BAD)], {})


def test_only_tags_that_are_asked_for_are_read():
    rows, counts = read({"topic": "p", "each": ""}, message("p", {"a": 1, "b": "text"}), wanted=["p/a"])
    assert (rows, counts) == ([("p/a", NOON, 1.0, Quality.GOOD)], {})


def test_what_cannot_be_read_is_counted_and_stops_nothing():
    topic = {"topic": "p/#", "each": "/v", "time": "/t"}
    good = {"v": {"a": 1, "b": "text", "c": 2}, "t": "2026-03-01T12:00:00Z"}
    bad = [b"\xff", b"[", {"v": {}}, {"v": 1, "t": "2026-03-01T12:00:00Z"}, {"v": {}, "t": "2026-03-01T12:00:00"}]
    rows, counts = read(topic, *(message("p/x", payload) for payload in [*bad, good]), message("other", {}))
    assert [tag for tag, *_ in rows] == ["p/x/a", "p/x/c"]
    assert counts == {
        "payload is not JSON": 2,
        "nothing at /t": 1,
        "what each points to is not an object": 1,
        "time says no zone, and time_zone is not set": 1,
        "value is not a number": 1,
        "topic of no pattern": 1,
    }


def test_a_retained_value_counts_only_if_its_age_is_known():
    timed, plain = {"topic": "p", "value": "/v", "time": "/t"}, {"topic": "p", "value": "/v"}
    kept = message("p", {"v": 1, "t": "2026-02-01T00:00:00Z"}, retain=True)
    assert read(timed, kept)[0] == [("p", datetime(2026, 2, 1, tzinfo=UTC), 1.0, Quality.GOOD)]
    assert read(plain, kept) == ([], {"retained value of unknown age": 1})


def test_a_flood_of_topics_fills_no_memory(monkeypatch):
    monkeypatch.setattr(reading, "TOPICS_REMEMBERED", 10)
    reader, rows = (
        Reader(
            MqttSettings.model_validate({**BROKER, "topics": [{"topic": "#", "value": ""}]}).topics, Tally("t"), None
        ),
        Rows(),
    )
    for one in range(100):
        reader.read(message(f"p/{one}", b"1"), rows)
    assert (len(rows), len(reader._known)) == (100, 10)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"topics": []}, "topics: List should have at least 1 item"),
        ({"topics": [{"topic": "a"}]}, r"topics\.0: .*say where the values are"),
        ({"topics": [{"topic": "a", "value": "", "each": ""}]}, r"topics\.0: .*say where the values are"),
        ({"topics": [{"topic": "a", "value": "v"}]}, r"topics\.0\.value: .*does not begin with /"),
        ({"topics": [{"topic": "a", "tag": "{b}", "value": ""}]}, r"topics\.0: .*which topic does not name"),
        ({"topics": [{"topic": "a", "tag": "b", "each": ""}]}, r"topics\.0: .*tag lacks {name}"),
        ({"topics": [{"topic": "a", "payload": "number", "time": "/t"}]}, r"topics\.0: .*plain number has no pointers"),
        ({"topics": [{"topic": "{a}", "value": ""}, {"topic": "{b}", "value": ""}]}, r"topics: .*two patterns are the"),
        ({"ca_file": "ca.pem"}, "set tls = true"),
        ({"tls": True, "key_file": "k"}, "needs both certificate_file and key_file"),
        ({"password": "secret"}, "password: a secret is not written here"),
        ({"share": "g", "protocol": "3.1.1"}, "share needs protocol 5"),
        ({"colour": "red"}, "colour: Extra inputs"),
    ],
)
def test_settings_that_cannot_work_say_why(settings, why):
    with pytest.raises(SettingsRefused, match=why):
        read_settings(MQTT.settings, {**BROKER, "topics": [{"topic": "a", "value": ""}], **settings})
