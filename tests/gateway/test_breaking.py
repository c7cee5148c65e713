"""Integrators build on the schema: what breaks them is announced, and what goes is deprecated first, with a date.

`gateway/released.graphql` is the schema of the last release; a release ends with copying `schema.graphql` over it. A
change that breaks clients, as graphql-core finds them, stands word for word in the changelog.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from graphql import GraphQLEnumType, GraphQLSchema, build_schema, find_breaking_changes, is_input_object_type
from graphql import is_interface_type as is_interface
from graphql import is_object_type as is_object

ROOT = Path(__file__).resolve().parents[2]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")


def schema(name: str) -> GraphQLSchema:
    return build_schema((ROOT / "gateway" / name).read_text("utf-8"))


def unannounced(before: GraphQLSchema, after: GraphQLSchema, changelog: str) -> list[str]:
    """Changes that break clients and are not in the changelog."""
    told = " ".join(changelog.split())
    return [change.description for change in find_breaking_changes(before, after) if change.description not in told]


def deprecated(of: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """(where, reason)"""
    for type_ in of.type_map.values():
        parts: dict = {}
        if isinstance(type_, GraphQLEnumType):
            parts = dict(type_.values)
        elif is_object(type_) or is_interface(type_) or is_input_object_type(type_):
            parts = dict(type_.fields)
        for name, part in parts.items():
            if part.deprecation_reason is not None:
                yield f"{type_.name}.{name}", part.deprecation_reason
            for argument, given in getattr(part, "args", {}).items():
                if given.deprecation_reason is not None:
                    yield f"{type_.name}.{name}({argument})", given.deprecation_reason


def undated(of: GraphQLSchema, today: date) -> list[str]:
    """What is deprecated without saying until when, or is there longer than it said."""
    wrong = []
    for where, reason in deprecated(of):
        found = re.search(r"remove after (\d{4}-\d{2}-\d{2})$", reason)
        if found is None or date.fromisoformat(found[1]) < today:
            wrong.append(where)
    return wrong


def test_nothing_breaks_unannounced():
    assert unannounced(schema("released.graphql"), schema("schema.graphql"), CHANGELOG) == []


def test_what_is_deprecated_says_until_when():
    assert undated(schema("schema.graphql"), date.today()) == []


OLD = build_schema("type Query { a(x: Int): Int b: Int }")


def test_a_removed_field_must_be_told():
    new = build_schema("type Query { a(x: Int): Int }")
    assert unannounced(OLD, new, "## 0.2.0") == ["Field Query.b was removed."]
    assert unannounced(OLD, new, "## 0.2.0\n\n- Field Query.b was\n  removed. Use `a`.") == []


def test_an_argument_that_is_needed_now_must_be_told():
    new = build_schema("type Query { a(x: Int, y: Int!): Int b: Int }")
    assert unannounced(OLD, new, "") == ["A required argument Query.a(y:) was added."]


def test_what_is_added_breaks_nobody():
    assert unannounced(OLD, build_schema("type Query { a(x: Int, y: Int): Int b: Int c: Int }"), "") == []


def test_a_deprecation_has_a_date_to_come():
    text = """type Query { a: Int @deprecated(reason: "Use b; remove after %s") b(x: Int @deprecated): E }
              enum E { ONE @deprecated(reason: "no more") TWO }"""
    assert undated(build_schema(text % "2026-11-30"), date(2026, 11, 30)) == ["Query.b(x)", "E.ONE"]
    assert undated(build_schema(text % "2026-11-29"), date(2026, 11, 30)) == ["Query.a", "Query.b(x)", "E.ONE"]
