"""Many ids in one parameter.

`IN` with a parameter an id makes a text of ten thousand names, which is compiled, parsed and planned anew for each
number of ids; that took longer than the statement. An array is one parameter, and the text stays the same.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.kernel.idset import IdSet


def among(column: Any, ids: Collection[UUID]) -> ColumnElement[bool]:
    """The condition that `column` is one of `ids`; of none, it holds for no row."""
    return column == any_(literal(list(ids), ARRAY(Uuid)))


def id_set(ids: Collection[UUID]) -> IdSet:
    """The set of exactly these, to narrow another service's query by."""
    return IdSet(select(func.unnest(literal(list(ids), ARRAY(Uuid)))))
