"""Many values in one parameter.

`IN` with a parameter an id makes a text of ten thousand names, which is compiled, parsed and planned anew for each
number of ids; that took longer than the statement. An array is one parameter, and the text stays the same.

The driver writes an array value by value in Python, which for the state of ten thousand assets a second takes longer
than all else that is done with it; columns that are in Arrow already are written there, by `array_text`.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import ColumnElement, Uuid, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.kernel.idset import IdSet


def among(column: Any, ids: Collection[UUID]) -> ColumnElement[bool]:
    """The condition that `column` is one of `ids`; of none, it holds for no row."""
    return column == any_(literal(list(ids), ARRAY(Uuid)))


def id_set(ids: Collection[UUID]) -> IdSet:
    """The set of exactly these, to narrow another service's query by."""
    return IdSet(select(func.unnest(literal(list(ids), ARRAY(Uuid)))))


def array_text(values: pa.Array | pa.ChunkedArray) -> str:
    """The values as Postgres reads them in `CAST(:values AS type[])`; nulls are NULL. Times without a zone are taken in
    the connection's."""
    text = values.cast(pa.utf8())
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    if pa.types.is_string(values.type):
        for mark in ("\\", '"'):
            text = pc.replace_substring(text, mark, f"\\{mark}")  # pyright: ignore[reportAttributeAccessIssue]
        text = pc.binary_join_element_wise('"', text, '"', "")  # pyright: ignore[reportAttributeAccessIssue]
    whole = pa.ListArray.from_arrays([0, len(text)], text.fill_null("NULL"))
    return "{" + pc.binary_join(whole, ",")[0].as_py() + "}"  # pyright: ignore[reportAttributeAccessIssue]
