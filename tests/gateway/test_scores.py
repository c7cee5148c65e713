"""Ids in exported scores are those of GraphQL."""

from uuid import UUID

import pyarrow as pa

from gateway.relay import global_id
from gateway.scores import with_version_ids


def test_versions_carry_the_id_that_graphql_gives():
    first, second = UUID(int=1), UUID(int=2)
    table = pa.table({"version": pa.array([str(first), str(second), str(first)]), "value": [1.0, 2.0, 3.0]})
    found = with_version_ids(table)
    assert found["version"].to_pylist() == [global_id("ModelVersion", each) for each in (first, second, first)]
    assert found["value"].to_pylist() == [1.0, 2.0, 3.0]
    assert with_version_ids(table.slice(0, 0)).num_rows == 0
