"""Many values at once, as asyncua decodes them one by one."""

import math
from datetime import UTC, datetime

import pytest
from andon_opcua.decoding import Malformed, decode
from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary
from hypothesis import given, settings
from hypothesis import strategies as st

TIME = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICKS = ua.datetime_to_win_epoch(TIME)
NUMBERS = st.one_of(
    st.builds(ua.Variant, st.floats(width=64), st.just(ua.VariantType.Double)),
    st.builds(ua.Variant, st.integers(-(2**31), 2**31 - 1), st.just(ua.VariantType.Int32)),
    st.builds(ua.Variant, st.integers(0, 2**64 - 1), st.just(ua.VariantType.UInt64)),
    st.builds(ua.Variant, st.booleans(), st.just(ua.VariantType.Boolean)),
)
OTHERS = st.one_of(
    st.just(None),
    st.builds(ua.Variant, st.text(max_size=5), st.just(ua.VariantType.String)),
    st.builds(ua.Variant, st.lists(st.floats(width=64), min_size=1, max_size=3), st.just(ua.VariantType.Double)),
)
VALUES = st.builds(
    ua.DataValue,
    st.one_of(NUMBERS, NUMBERS, NUMBERS, OTHERS),
    st.sampled_from([None, ua.StatusCode(0), ua.StatusCode(0x80350000)]),
    st.sampled_from([None, TIME]),
    st.sampled_from([None, TIME]),
)


def sent(*values: ua.DataValue) -> bytes:
    items = [ua.MonitoredItemNotification(handle, value) for handle, value in enumerate(values)]
    return struct_to_binary(ua.DataChangeNotification(MonitoredItems=items))


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES, max_size=40))
def test_columns_are_what_was_sent(values):
    decoded, _ = decode(sent(*values), 0, handles=True)
    assert list(decoded.handle) == list(range(len(values)))
    for row, value in enumerate(values):
        plain = value.Value is not None and not isinstance(value.Value.Value, list | str | None)
        assert same(decoded.value[row], float(value.Value.Value) if plain else math.nan)
        assert (row in decoded.unfit) == (value.Value is not None and not plain and value.Value.Value is not None)
        assert decoded.status[row] == (value.StatusCode.value if value.StatusCode else 0)
        assert decoded.source[row] == (TICKS if value.SourceTimestamp else 0)
        assert decoded.server[row] == (TICKS if value.ServerTimestamp else 0)


def test_what_is_no_number_is_named():
    texts = ua.Variant(["a", "b"], ua.VariantType.String)
    decoded, _ = decode(sent(ua.DataValue(ua.Variant("open")), ua.DataValue(texts)), 0, handles=True)
    assert decoded.unfit == {0: "String", 1: "String[2]"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xff\xff\x7f",
        sent(*[ua.DataValue(ua.Variant(1.0))] * 9)[:-40],
        b"\x01\x00\x00\x00\x00\x00\x00\x00\x01\x3f",
    ],
)
def test_bytes_that_are_no_list_are_refused(data):
    with pytest.raises(Malformed):
        decode(data, 0, handles=True)


def test_a_list_of_nothing_is_empty():
    assert len(decode(b"\xff\xff\xff\xff", 0, handles=False)[0]) == 0
