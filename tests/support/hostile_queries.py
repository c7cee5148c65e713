"""Queries that look small and are not, each with the code that refuses it and the limit that is named."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Hostile:
    text: str
    code: str = "QUERY_TOO_COSTLY"
    limit: str | None = None


def many(part: str, count: int) -> str:
    return "{" + " ".join(part.replace("#", str(number)) for number in range(count)) + "}"


def chain(levels: int, spreads: int = 1) -> str:
    """Fragments that spread the next one, `spreads` times each."""
    inner = " ".join(f"fragment f{level} on Query {{{f' ...f{level + 1}' * spreads} }}" for level in range(levels))
    return f"{{ ...f0 }} {inner} fragment f{levels} on Query {{ __typename }}"


def doubled(levels: int) -> str:
    """`n` with two of itself inside, and so on."""
    return "n" if not levels else f"n {{ {doubled(levels - 1)} {doubled(levels - 1)} }}"


HOSTILE = {
    "fragments, 100 levels, each spread twice": Hostile(chain(100, 2), limit="fields"),
    "fragments, 400 levels": Hostile(chain(400), limit="nesting"),
    "inline fragments, 130 levels": Hostile("{" + "... {" * 130 + "me { name }" + "}" * 131, limit="nesting"),
    "a fragment in itself": Hostile("{ ...a } fragment a on Query { ...a }", limit="fragments"),
    "fragments in a circle": Hostile(
        "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", limit="fragments"
    ),
    "a circle that is not used": Hostile("{ me { name } } fragment a on Query { ...a }", limit="fragments"),
    "300 fragments side by side": Hostile(
        many("...f#", 300) + " ".join(f"fragment f{number} on Query {{ a{number} }}" for number in range(300)),
        limit="spreads",
    ),
    "aliases": Hostile(many("a#: __typename", 61), limit="aliases"),
    "aliases through a fragment": Hostile(
        "{ ...a ...a ...a } fragment a on Query " + many("a#: __typename", 21), limit="aliases"
    ),
    "an alias of 100 kB": Hostile("{" + "a" * 100_000 + ": __typename }", limit="name"),
    "directives on a field": Hostile("{ __typename" + " @skip(if: false)" * 31 + " }", limit="directives"),
    "directives on the operation": Hostile("query" + " @a" * 31 + " { __typename }", limit="directives"),
    "directives on a variable": Hostile("query ($a: Int" + " @a" * 31 + ") { __typename }", limit="directives"),
    "directives on a fragment": Hostile(
        "{ ...a } fragment a on Query" + " @a" * 31 + " { __typename }", limit="directives"
    ),
    "250 times n{x}": Hostile(many("n{x}", 250), limit="repeats"),
    "250 times n{x} in a fragment nobody uses": Hostile(
        "{ __typename } fragment a on Query " + many("n{x}", 250), limit="repeats"
    ),
    "one field through many fragments": Hostile(
        many("...f#", 40) + " ".join(f"fragment f{number} on Query {{ me {{ name }} }}" for number in range(40)),
        limit="repeats",
    ),
    "a field doubled in itself": Hostile("{" + doubled(7) + "}", limit="repeats"),
    "fields": Hostile(many("a#", 1001), limit="fields"),
    "depth": Hostile("{" + "a {" * 16 + "b" + "}" * 17, limit="depth"),
    "pages in pages": Hostile(
        "{ assets(first: 100) { edges { node { contract { assets(first: 100) { edges { node { "
        + " ".join(f"f{number}" for number in range(10))
        + " } } } } } } } }",
        limit="cost",
    ),
    "tokens": Hostile(many("a", 4001), "QUERY_INVALID"),
    "depth beyond the parser": Hostile("{" * 1900 + "a" + "}" * 1900, "QUERY_INVALID"),
    "lists beyond the parser": Hostile("{ node(id: " + "[" * 1900 + "]" * 1900 + ") { id } }", "QUERY_INVALID"),
    "introspection in a circle": Hostile(
        "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }", "QUERY_INVALID"
    ),
    "700 unknown fields": Hostile(many("nothing#", 700), "QUERY_INVALID"),
    "a field of 100 kB": Hostile("{" + "a" * 100_000 + "}", "QUERY_INVALID"),
    "a number of 100 kB": Hostile("{ assets(first: " + "9" * 100_000 + ") { edges { cursor } } }", "QUERY_INVALID"),
    "half of a surrogate": Hostile('{ node(id: "\\uD800") { id } }', "QUERY_INVALID"),
    "a schema": Hostile("{ __typename } " + " ".join(f"type A{i} {{ a: Int }}" for i in range(400)), "QUERY_INVALID"),
}
