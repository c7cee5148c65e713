"""Grouping, and numbers out of registers."""

import struct

import numpy as np
import pytest
from andon_modbus.blocks import Block, Decoder, plan
from andon_modbus.settings import ModbusSettings, Register
from pydantic import ValidationError


def register(tag: str, address: int, type_: str = "uint16", **more) -> Register:
    return Register.model_validate({"tag": tag, "address": address, "type": type_, **more})


def test_neighbours_are_one_request_and_gaps_are_bounded():
    map_ = [
        register("a", 0, "float32"), register("b", 10), register("c", 20), register("d", 0, kind="input"),
        register("e", 1, device=7), register("f", 200), register("g", 205, "float64"),
    ]  # fmt: skip
    assert plan(map_, range(7), 1, 8, 100) == [
        Block(1, "holding", 0, 11, (0, 1)),
        Block(1, "holding", 20, 1, (2,)),
        Block(1, "holding", 200, 9, (5, 6)),
        Block(1, "input", 0, 1, (3,)),
        Block(7, "holding", 1, 1, (4,)),
    ]


def test_a_request_is_no_longer_than_allowed():
    map_ = [register(str(i), i) for i in range(10)]
    assert [(block.address, block.count) for block in plan(map_, range(10), 1, 8, 4)] == [(0, 4), (4, 4), (8, 2)]


@pytest.mark.parametrize(
    ("type_", "packed", "value"),
    [
        ("int16", struct.pack(">h", -2), -2.0), ("uint16", struct.pack(">H", 65534), 65534.0),
        ("int32", struct.pack(">i", -70000), -70000.0), ("uint32", struct.pack(">I", 2**32 - 1), 2.0**32 - 1),
        ("float32", struct.pack(">f", 21.5), 21.5), ("int64", struct.pack(">q", -(2**40)), -(2.0**40)),
        ("uint64", struct.pack(">Q", 2**40), 2.0**40), ("float64", struct.pack(">d", 0.1), 0.1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("word_order", ["big", "little"])
@pytest.mark.parametrize("byte_order", ["big", "little"])
def test_types_in_all_orders(type_, packed, value, word_order, byte_order):
    words = [packed[i : i + 2] for i in range(0, len(packed), 2)]
    if word_order == "little":
        words.reverse()
    if byte_order == "little":
        words = [word[::-1] for word in words]
    map_ = [register("a", 3, type_, word_order=word_order, byte_order=byte_order), register("b", 2)]
    decoder = Decoder(plan(map_, [0, 1], 1, 0, 100), map_)
    answer = [9, *(int.from_bytes(word, "big") for word in words)]
    assert dict(zip(decoder.places, decoder([answer]), strict=True)) == {0: value, 1: 9.0}


def test_scale_bits_and_missing_blocks():
    map_ = [
        register("t", 0, "int16", scale=0.1, offset=-40), register("on", 1, "bool", bit=3), register("x", 90),
        register("coil", 5, "bool", kind="coil"),
    ]  # fmt: skip
    decoder = Decoder(plan(map_, range(4), 1, 8, 100), map_)
    assert [int(place) for place in decoder.places] == [3, 0, 1, 2]
    assert np.array_equal(decoder([[1], [650, 0b1000], None]), [1.0, 25.0, 1.0, np.nan], equal_nan=True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kind": "coil"}, "a coil is one bit"), ({"type": "bool"}, "needs its bit"), ({"bit": 1}, "only a bool"),
        ({"address": 65535, "type": "int32"}, "goes past the last address"), ({"address": 70000}, "65535"),
    ],
)  # fmt: skip
def test_registers_that_cannot_be(more, said):
    with pytest.raises(ValidationError, match=said):
        register("a", **{"address": 1, "type_": more.pop("type", "uint16"), **more})


def test_a_name_is_there_once():
    with pytest.raises(ValidationError, match="the tag a is there twice"):
        ModbusSettings(host="plc", tags=[register("a", 1), register("a", 2)])
