import time

import pytest
from graphql import parse

from gateway import limits
from gateway.errors import QueryTooCostly
from gateway.prepare import prepare


def check(query: str, variables: dict | None = None) -> limits.Measured:
    return limits.check(parse(query), variables)


def refused(query: str, variables: dict | None = None) -> str:
    with pytest.raises(QueryTooCostly) as caught:
        check(query, variables)
    return str(caught.value.facts["limit"])


def test_measures_depth_fields_aliases_and_cost():
    found = check("{ a: me { name } assets(first: 10) { edges { node { key title } } } }")
    assert found == limits.Measured(depth=4, fields=7, aliases=1, directives=0, cost=2 + 1 + 10 * 4)


def test_a_fragment_counts_wherever_it_is_spread():
    found = check("{ me { ...f } tenant { ...f } } fragment f on X { a b @skip(if: true) }")
    assert (found.fields, found.directives) == (6, 2)


def test_fields_of_one_name_are_repeats_wherever_they_come_from():
    query = "{ a x: a ... { a { b } } ...f } fragment f on X { a { b } x: a c { d d } }"
    assert check(query).repeats == 2 + 1 + 1  # twice more `a`, once more `x`, and `d`
    assert check("{ c { a } } fragment unused on X { b b b }").repeats == 2


def test_lists_within_lists_multiply():
    query = "query q($n: Int!) { runs(first: $n) { edges { node { assets(first: 100) { key title } } } } }"
    assert check(query, {"n": 1}).cost == 1 + 1 * (1 + 1 + 1 + 100 * 2)
    assert refused(query.replace("key title", " ".join(f"f{i}" for i in range(6))), {"n": 100}) == "cost"


def test_a_connection_without_first_counts_as_a_usual_page():
    assert check("{ assets { edges { cursor } } }").cost == 1 + 50 * 2


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        ("{" + "a{" * 16 + "b" + "}" * 17, "depth"),
        ("{" + " ".join(f"a{i}: x" for i in range(61)) + "}", "aliases"),
        ("{" + " ".join("x @include(if: true)" for _ in range(31)) + "}", "directives"),
        ("{" + " ".join("n{x}" for _ in range(501)) + "}", "fields"),
        ("{" + " ".join("n{x}" for _ in range(32)) + "}", "repeats"),
        ("{" + " ".join("...a" for _ in range(201)) + "} fragment a on X { x }", "repeats"),
        ("{" + " ".join(f"a{i} {{ ...a }}" for i in range(201)) + "} fragment a on X { x }", "spreads"),
        ("{" + "... {" * 121 + "x" + "}" * 122, "nesting"),
        ("{" + "a" * 101 + ": x }", "name"),
        ("query" + " @d" * 31 + "{ x }", "directives"),
        ("query ($a: Int" + " @d" * 31 + ") { x }", "directives"),
        ("{ ...a } fragment a on X" + " @d" * 31 + "{ x }", "directives"),
        ("{ ...a } fragment a on X { ...b } fragment b on X { ...a }", "fragments"),
        ("{ x } fragment a on X { ...a }", "fragments"),
    ],
)
def test_names_the_limit_that_is_passed(query, limit):
    assert refused(query) == limit


def test_a_hundred_levels_of_nested_fragments_take_less_than_50_ms():
    levels = [f"fragment f{i} on X {{ ...f{i + 1} ...f{i + 1} }}" for i in range(100)]
    document = parse("{ ...f0 } " + " ".join(levels) + " fragment f100 on X { x }")
    start = time.perf_counter()
    with pytest.raises(QueryTooCostly) as caught:
        limits.check(document)
    assert time.perf_counter() - start < 0.05
    assert caught.value.facts == {"limit": "fields", "most": limits.FIELDS}


def test_nesting_beyond_the_parser_is_refused_not_crashed():
    with pytest.raises((QueryTooCostly, Exception)) as caught:
        prepare("{" * 1900 + "a" + "}" * 1900)
    assert type(caught.value).__name__ in ("QueryTooCostly", "GraphQLError")


def test_the_time_grows_with_the_text_only():
    def seconds(size: int) -> float:
        document = parse("{" + " ".join(f"f{i}" for i in range(size)) + "}")
        best = 1.0
        for _ in range(10):
            start = time.thread_time()
            limits.check(document)
            best = min(best, time.thread_time() - start)
        return best

    assert seconds(900) < 20 * max(seconds(90), 1e-4)
