"""One edge node as the host sees it: sequence, births, deaths. Bytes are those of the edge node of the tests."""

from datetime import UTC, datetime

import pytest
from andon_mqtt.rows import Rows
from andon_mqtt.session import Message
from andon_mqtt.sparkplug.plant import Plant, Rebirths
from andon_mqtt.tally import Tally
from sparkplug_node import (
    BOOLEAN,
    DOUBLE,
    FLOAT,
    INT8,
    INT16,
    INT32,
    INT64,
    STRING,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    Metric,
    payload,
)

from andon_sdk.connector import Quality

T0 = 1_772_366_400_000  # 2026-03-01T12:00:00Z in milliseconds
GOOD, UNCERTAIN, BAD = Quality.GOOD, Quality.UNCERTAIN, Quality.BAD
DATETIME = 13


class Broker:
    """Hands messages to a plant, one second apart unless told otherwise."""

    def __init__(self, asks=lambda address: (True, -1), reorder_s=2.0):
        self.tally, self.rows, self.at = Tally("test"), Rows(), T0 / 1000
        self.plant = Plant(self.tally, asks, reorder_s)

    def say(self, kind, metrics=(), seq=None, *, device="", at_ms=T0, typed=True, retain=False):
        topic = f"spBv1.0/G/{kind}/N" + (f"/{device}" if device else "")
        self.raw(topic, payload(metrics, at_ms, seq, typed=typed), retain)
        return self

    def raw(self, topic, content, retain=False):
        self.plant.take(Message(topic, content, 0, 0, retain, False, self.at), self.rows)

    def birth(self, *metrics, bd=0, seq=0, at_ms=T0):
        return self.say("NBIRTH", [Metric("bdSeq", UINT64, bd), *metrics], seq, at_ms=at_ms)

    def taken(self):
        """(address after the group, milliseconds since T0, value, quality) of what came since it was last asked."""
        rows, self.rows = self.rows, Rows()
        return [
            (row["tag"].removeprefix("G/N/"), round(row["time"].timestamp() * 1000) - T0, row["value"], row["quality"])
            for row in rows.batch().to_pylist()
        ]


def flow(value=1.0, at=0, **more) -> Metric:
    return Metric("flow", DOUBLE, value, 1, T0 + at, **more)


def by_alias(value, at, **more) -> Metric:
    return Metric(None, DOUBLE, value, 1, T0 + at, **more)


@pytest.mark.parametrize(
    ("datatype", "sent", "read"),
    [
        (INT8, -1, -1.0), (INT8, 0xFF, -1.0), (INT8, 127, 127.0), (INT16, -300, -300.0), (INT32, -(2**31), -(2.0**31)),
        (INT64, -5, -5.0), (UINT8, 255, 255.0), (UINT16, 65_535, 65_535.0), (UINT32, 2**32 - 1, 2.0**32 - 1),
        (UINT64, 2**53, 2.0**53), (FLOAT, 0.5, 0.5), (DOUBLE, -1e300, -1e300),
        (BOOLEAN, True, 1.0), (BOOLEAN, False, 0.0),
        (DOUBLE, None, None), (FLOAT, float("nan"), None), (DOUBLE, float("inf"), None),
    ],
)  # fmt: skip
def test_numbers_of_all_types(datatype, sent, read):
    quality = BAD if read is None else GOOD
    assert Broker().birth(Metric("x", datatype, sent, 1, T0)).taken() == [("/x", 0, read, quality)]


def test_what_is_not_a_number_is_left_out_and_counted():
    broker = Broker().birth(Metric("text", STRING, "on", 1, T0), Metric("when", DATETIME, T0, 2, T0), flow())
    assert broker.taken() == [("/flow", 0, 1.0, GOOD)]
    assert broker.tally.counts == {"metric is not a number": 2}
    assert broker.say("NDATA", [Metric("text", STRING, "off", None, T0)], 1).taken() == []
    assert "metric that no birth named" not in broker.tally.counts


@pytest.mark.parametrize(("code", "quality"), [(None, GOOD), (192, GOOD), (500, UNCERTAIN), (0, BAD), (7, UNCERTAIN)])
def test_quality_is_a_property(code, quality):
    assert Broker().birth(flow(quality=code)).taken() == [("/flow", 0, 1.0, quality)]


def test_a_time_is_the_metrics_else_the_payloads():
    broker = Broker().birth(Metric("a", DOUBLE, 1, 1, T0 + 5), Metric("b", DOUBLE, 2, 2), at_ms=T0 + 9)
    assert broker.taken() == [("/a", 5, 1.0, GOOD), ("/b", 9, 2.0, GOOD)]


def test_sequence_numbers_begin_again_after_255():
    broker = Broker().birth(flow())
    for number in range(1, 600):
        broker.say("NDATA", [by_alias(number, number)], number % 256, typed=False)
    assert broker.taken() == [("/flow", number, float(number or 1), GOOD) for number in range(600)]
    assert broker.tally.counts == {}


def test_a_message_too_early_waits_for_those_before_it():
    broker = Broker().birth(flow())
    for number in (3, 2, 1, 4):
        broker.say("NDATA", [by_alias(number, number)], number, typed=False)
    assert [row[2] for row in broker.taken()] == [1.0, 1.0, 2.0, 3.0, 4.0]
    broker.plant.pass_time(broker.at + 100)
    assert broker.plant.ailing == []


def test_what_follows_a_lost_message_is_refused_until_a_birth():
    broker = Broker().birth(flow()).say("NDATA", [by_alias(3, 3)], 2, typed=False)
    broker.plant.pass_time(broker.at + 1.9)
    assert broker.plant.ailing == []
    broker.plant.pass_time(broker.at + 2.0)
    assert broker.plant.ailing == [("G", "N")]
    broker.say("NDATA", [by_alias(4, 4), by_alias(5, 5)], 3, typed=False)
    assert [row[2] for row in broker.taken()] == [1.0]
    assert broker.tally.counts == {"value after a lost message": 1, "value before a birth": 2}
    assert broker.birth(flow(6, 6)).taken() == [("/flow", 6, 6.0, GOOD)]
    assert broker.plant.ailing == []


def test_nothing_is_read_before_a_birth():
    broker = Broker().say("NDATA", [flow()], 4).say("DDATA", [flow()], 5, device="D")
    assert (broker.taken(), broker.plant.ailing) == ([], [("G", "N")])
    broker.birth(flow()).say("DDATA", [Metric("x", DOUBLE, 1)], 1, device="D")
    assert broker.taken() == [("/flow", 0, 1.0, GOOD)]
    assert broker.plant.ailing == [("G", "N")]


def test_aliases_mean_what_the_newest_birth_says():
    broker = Broker().birth(Metric("a", DOUBLE, 1, 1, T0), Metric("b", DOUBLE, 2, 2, T0))
    broker.birth(Metric("b", DOUBLE, 3, 1, T0 + 1), Metric("a", DOUBLE, 4, 2, T0 + 1))
    broker.say("NDATA", [by_alias(5, 2)], 1, typed=False)
    assert broker.taken()[2:] == [("/b", 1, 3.0, GOOD), ("/a", 1, 4.0, GOOD), ("/b", 2, 5.0, GOOD)]
    broker.say("NDATA", [Metric(None, DOUBLE, 1, 9)], 2)
    assert (broker.taken(), broker.plant.ailing) == ([], [("G", "N")])
    assert broker.tally.samples["metric that no birth named"] == "N 9"


def test_a_birth_repeats_nothing_that_is_kept():
    broker = Broker(asks=lambda address: (True, (T0 + 5) * 1000))
    assert broker.birth(flow(1, 5)).taken() == []
    assert broker.birth(flow(2, 6)).taken() == [("/flow", 6, 2.0, GOOD)]
    assert broker.birth(flow(2, 6)).taken() == []


def test_historical_values_keep_their_times_and_come_in_between():
    broker = Broker().birth(flow()).say("NDATA", [by_alias(2, -9, historical=True), by_alias(3, 1)], 1, typed=False)
    assert broker.taken() == [("/flow", 0, 1.0, GOOD), ("/flow", -9, 2.0, GOOD), ("/flow", 1, 3.0, GOOD)]


def test_a_death_makes_all_values_bad_at_its_time_and_a_birth_good_again():
    broker = Broker().birth(flow()).say("DBIRTH", [Metric("x", DOUBLE, 1, 2, T0)], 1, device="D")
    broker.taken()
    broker.at += 1
    broker.say("NDEATH", [Metric("bdSeq", UINT64, 0)], at_ms=T0 - 99_999)
    assert broker.taken() == [("/flow", 1000, None, BAD), ("D/x", 1000, None, BAD)]
    broker.say("NDEATH", [Metric("bdSeq", UINT64, 0)])
    assert broker.taken() == []
    assert broker.birth(flow(), at_ms=T0 + 2000, bd=1).taken() == [("/flow", 2000, 1.0, GOOD)]


def test_a_death_of_an_earlier_birth_is_none():
    broker = Broker().birth(flow(), bd=7).say("NDEATH", [Metric("bdSeq", UINT64, 6)])
    assert broker.taken() == [("/flow", 0, 1.0, GOOD)]
    assert broker.tally.counts == {"death of an earlier birth": 1}


def test_a_device_dies_at_the_time_it_says_but_never_before_its_last_value():
    broker = Broker().birth().say("DBIRTH", [Metric("x", DOUBLE, 1, 2, T0)], 1, device="D")
    broker.say("DDEATH", (), 2, device="D", at_ms=T0 + 500)
    broker.say("DBIRTH", [Metric("x", DOUBLE, 2, 2, T0 + 900)], 3, device="D", at_ms=T0 + 900)
    broker.say("DDEATH", (), 4, device="D", at_ms=T0 + 100)
    broker.say("DDATA", [Metric("x", DOUBLE, 3, 2, T0 + 950)], 5, device="D")
    times = [row["time"] for row in broker.rows.batch().to_pylist()]
    assert times[3] == datetime.fromtimestamp((T0 + 900) / 1000, UTC).replace(microsecond=900_001)
    assert [row[1:3] for row in broker.taken()] == [(0, 1.0), (500, None), (900, 2.0), (900, None)]


def test_only_what_is_asked_for_is_read():
    broker = Broker(asks=lambda address: (address == "G/N//flow", -1)).birth(flow(), Metric("b", DOUBLE, 1, 2, T0))
    broker.say("NDATA", [by_alias(2, 1), Metric(None, DOUBLE, 2, 2)], 1, typed=False)
    assert [row[0] for row in broker.taken()] == ["/flow", "/flow"]
    assert sorted(tag.address for tag in broker.plant.tags) == ["G/N//b", "G/N//flow"]


@pytest.mark.parametrize(
    ("topic", "content", "reason"),
    [
        ("spBv1.0/G/NBIRTH/N", b"\xff\xff", "payload is not Sparkplug B"),
        ("spBv1.0/G/NBIRTH", b"", "topic of no Sparkplug message"),
        ("spBv1.0/G/NBIRTH/N/D", b"", "topic of no Sparkplug message"),
        ("spBv1.0/G/DDATA/N", b"", "topic of no Sparkplug message"),
        ("spBv1.0/G/DDATA/N/D/E", b"", "topic of no Sparkplug message"),
        ("spBv1.0/G/WHAT/N", b"", "topic of no Sparkplug message"),
        ("spAv1.0/G/NDATA/N", b"", "topic of no Sparkplug message"),
        ("spBv1.0/G/NDATA/N", payload([], T0, None), "message without a sequence number"),
        ("spBv1.0/G/NDATA/N", payload([], T0, 256), "message without a sequence number"),
        ("spBv1.0/G/NBIRTH/N", payload([], T0, None), "message without a sequence number"),
    ],
)
def test_what_is_no_message(topic, content, reason):
    broker = Broker().birth(flow())
    broker.taken()
    broker.raw(topic, content)
    assert (broker.taken(), broker.tally.counts) == ([], {reason: 1})


def test_a_time_that_cannot_be_is_counted():
    assert Broker().birth(flow(at=10**14)).taken() == []


def test_retained_messages_are_none():
    assert Broker().say("NBIRTH", [flow()], 0, retain=True).taken() == []


def test_births_are_asked_for_with_patience():
    rebirths, ailing = Rebirths(per_node_s=10.0, per_s=2.0), [("G", str(number)) for number in range(5)]
    assert [len(rebirths.due(ailing, at)) for at in (1000.0, 1001.0, 1002.0, 1003.0)] == [2, 2, 1, 0]
    assert rebirths.due(ailing[:1], 1009.9) == []
    assert rebirths.due(ailing[:1], 1010.0) == ailing[:1]
    assert rebirths.due(ailing[:1], 1029.9) == []
    assert rebirths.due(ailing[:1], 1030.0) == ailing[:1]
    assert rebirths.due([], 1031.0) == []
    assert rebirths.due(ailing[:1], 1032.0) == ailing[:1]


def test_what_is_never_a_reading_keeps_its_alias_and_asks_for_no_birth():
    control = Metric("Node Control/Rebirth", BOOLEAN, False, 3, T0)
    broker = Broker().birth(Metric("text", STRING, "on", 2, T0), control, flow())
    told = [Metric(None, STRING, "off", 2, T0), Metric(None, BOOLEAN, True, 3, T0), by_alias(2, 1)]
    broker.say("NDATA", told, 1, typed=False)
    assert broker.taken() == [("/flow", 0, 1.0, GOOD), ("/flow", 1, 2.0, GOOD)]
    assert broker.tally.counts == {"metric is not a number": 1}
    assert broker.plant.ailing == []
    assert [tag.address for tag in broker.plant.tags] == ["G/N//flow"]


def test_a_death_at_a_time_that_cannot_be_is_of_now():
    broker = Broker().birth().say("DBIRTH", [Metric("x", DOUBLE, 1, 2, T0)], 1, device="D")
    broker.at += 5
    broker.say("DDEATH", (), 2, device="D", at_ms=2**60)
    assert broker.taken()[1:] == [("D/x", 5000, None, BAD)]


def test_a_node_that_died_is_not_asked_for_births():
    broker = Broker().say("NDATA", [flow()], 4)
    assert broker.plant.ailing == [("G", "N")]
    broker.say("NDEATH", [Metric("bdSeq", UINT64, 0)])
    assert broker.plant.ailing == []
