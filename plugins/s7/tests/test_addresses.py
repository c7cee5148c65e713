"""Addresses as Siemens writes them, groups, and numbers out of bytes."""

import struct

import numpy as np
import pytest
from andon_s7.addresses import Address, parse
from andon_s7.blocks import Block, Decoder, plan
from andon_s7.settings import S7Settings, Variable
from pydantic import ValidationError


@pytest.mark.parametrize(
    ("text", "type_", "address"),
    [
        ("DB10.DBD4", None, Address("DB", 10, 4, None, "float32")),
        ("db10.dbd4", "int32", Address("DB", 10, 4, None, "int32")),
        ("DB1.DBX2.3", None, Address("DB", 1, 2, 3, "bool")),
        ("DB1.DBD8", "float64", Address("DB", 1, 8, None, "float64")),
        ("MW20", None, Address("M", 0, 20, None, "int16")),
        ("I0.1", None, Address("I", 0, 0, 1, "bool")),
        ("E0.1", None, Address("I", 0, 0, 1, "bool")),
        ("AB4", "int8", Address("Q", 0, 4, None, "int8")),
    ],
)
def test_addresses(text, type_, address):
    assert parse(text, type_) == address


@pytest.mark.parametrize(
    ("text", "type_", "said"),
    [
        ("DB1", None, "no S7 address"), ("DB1.DBX2", None, "a bit has its number"), ("DB1.DBX2.8", None, "no S7"),
        ("DB1.DBW2.1", None, "a bit has its number"), ("DB1.DBW2", "float32", "2 bytes wide, and float32 takes 4"),
        ("DB1.DBD65534", None, "past the last byte"), ("M5", None, "a bit has its number"),
    ],
)  # fmt: skip
def test_what_is_no_address(text, type_, said):
    with pytest.raises(ValueError, match=said):
        parse(text, type_)
    with pytest.raises(ValidationError, match=said):
        Variable.model_validate({"tag": "a", "address": text, "type": type_})


def test_a_name_is_there_once():
    with pytest.raises(ValidationError, match="the tag a is there twice"):
        S7Settings.model_validate({"host": "plc", "tags": [{"tag": "a", "address": "M0.0"}] * 2})


def test_groups_and_values():
    given = [("DB1.DBD0", None), ("DB1.DBX5.2", None), ("DB1.DBW100", None), ("DB2.DBD0", "float64"), ("MB3", "int8")]
    variables = [Variable(tag=a, address=a, type=t, scale=2 if a == "DB1.DBW100" else 1) for a, t in given]
    addresses = [variable.place for variable in variables]
    blocks = plan(addresses, range(5), 32, 200)
    assert blocks == [
        Block("DB", 1, 0, 6, (0, 1)), Block("DB", 1, 100, 2, (2,)), Block("DB", 2, 0, 8, (3,)),
        Block("M", 0, 3, 1, (4,)),
    ]  # fmt: skip
    answers = [struct.pack(">f", 21.5) + b"\0\4", struct.pack(">h", -5), None, struct.pack(">b", -1)]
    values = Decoder(blocks, addresses, variables)(answers)
    assert np.array_equal(values, [21.5, 1.0, -10.0, np.nan, -1.0], equal_nan=True)
