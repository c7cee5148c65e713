"""Readings from tables, in which a row is a moment and a column a tag. For sources of files and databases."""

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from andon_sdk.connector.readings import Quality, readings

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def of_columns(
    time: pa.Array,
    columns: Mapping[str, tuple[pa.Array, np.ndarray]],
    asset: pa.Array | None = None,
    wanted: Collection[str] | None = None,
) -> pa.RecordBatch:
    """The readings of all columns: value [rows] and quality [rows], where a quality of -1 says that the cell is empty.

    Tags are the names of columns, or `<asset>/<column>` where `asset` [rows] names the machine; then only `wanted`
    ones are kept. Raises `ValueError` as `readings` does.
    """
    parts = [_of_column(name, time, *column, asset, wanted) for name, column in columns.items()]
    if not parts:
        return readings(pa.array([], pa.string()), time.slice(0, 0), pa.array([], pa.float64()))
    tags, times, values = (pa.concat_arrays([part[place] for part in parts]) for place in range(3))
    return readings(tags, times, values, np.concatenate([part[3] for part in parts]))


def _of_column(
    name: str,
    time: pa.Array,
    value: pa.Array,
    quality: np.ndarray,
    asset: pa.Array | None,
    wanted: Collection[str] | None,
) -> tuple[pa.Array, pa.Array, pa.Array, np.ndarray]:
    filled = quality >= 0
    if asset is None:
        tag = pa.repeat(pa.scalar(name), len(value))
    else:
        tag = pc.call_function("binary_join_element_wise", [asset.cast(pa.string()), pa.scalar(name), pa.scalar("/")])
        filled = filled & _is_wanted(tag, wanted)
    mask = pa.array(filled)
    return tag.filter(mask), time.filter(mask), value.filter(mask), quality[filled]


def _is_wanted(tag: pa.Array, wanted: Collection[str] | None) -> np.ndarray:
    known = (
        tag.is_valid()
        if wanted is None
        else pc.call_function("is_in", [tag], pc.SetLookupOptions(pa.array(sorted(wanted), pa.string())))
    )
    return known.to_numpy(zero_copy_only=False)


def numeric(column: pa.Array, decimal: str = ".") -> tuple[pa.Array, np.ndarray]:
    """float64 [rows], and the quality of each cell: -1 where it is empty, bad where it is filled and no number.

    Texts that are numbers count as such, for files hold nothing else and some databases give their decimals so.
    """
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _of_text(column, decimal)
    absent = column.is_null().to_numpy(zero_copy_only=False)
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if number or pa.types.is_boolean(kind):
        value, good = column.cast(pa.float64(), safe=False), ~absent
    else:
        value, good = pa.nulls(len(column), pa.float64()), np.zeros(len(column), bool)
    return value, _quality(good, absent)


def _of_text(column: pa.Array, decimal: str) -> tuple[pa.Array, np.ndarray]:
    text = pc.call_function("utf8_trim_whitespace", [column.cast(pa.string())])
    if decimal != ".":
        text = pc.call_function("replace_substring", [text], pc.ReplaceSubstringOptions(decimal, "."))
    empty = pc.call_function("equal", [text, pa.scalar("")]).fill_null(True)
    fits = pc.call_function("match_substring_regex", [text], pc.MatchSubstringOptions(_NUMBER)).fill_null(False)
    value = pc.call_function("if_else", [fits, text, pa.scalar(None, pa.string())]).cast(pa.float64())
    return value, _quality(fits.to_numpy(zero_copy_only=False), empty.to_numpy(zero_copy_only=False))


def _quality(good: np.ndarray, absent: np.ndarray) -> np.ndarray:
    quality = np.where(good, int(Quality.GOOD), int(Quality.BAD))
    quality[absent] = -1
    return quality
