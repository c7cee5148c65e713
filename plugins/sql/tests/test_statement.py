"""What is a SELECT, and what is not."""

import pytest
from andon_sql.statement import NotOneSelect, one_select


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM log",
        "select a, b from log where note = 'x; drop table y' ;",
        "WITH newest AS (SELECT 1) SELECT * FROM newest",
        'SELECT "update" FROM log -- all of it',
        "SELECT ((1))",
    ],
)
def test_one_select_is_taken(query):
    assert one_select(query) == query.removesuffix(";").rstrip()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("DELETE FROM log", "has no DELETE"),
        ("SELECT 1; SELECT 2", "two statements"),
        ("SELECT 1) AS q; DROP TABLE log; SELECT (1", "a bracket is closed"),
        ("SELECT * INTO other FROM log", "has no INTO"),
        ("WITH gone AS (DELETE FROM log RETURNING *) SELECT * FROM gone", "has no DELETE"),
        ("SELECT * FROM log FOR UPDATE", "has no UPDATE"),
        ("SELECT (1", "not closed"),
        ("SELECT 'x", "a quote is not closed"),
        ("SELECT $$x$$", "are not taken"),
        ("SELECT E'\\''; DROP TABLE log; --'", "are not taken"),
        ("SELECT 1 /* ) */", "are not taken"),
        ("EXPLAIN SELECT 1", "does not begin with SELECT"),
        ("", "does not begin with SELECT"),
    ],
)
def test_anything_else_is_refused(query, said):
    with pytest.raises(NotOneSelect, match=said):
        one_select(query)
