import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.assets.errors import LabelQueryInvalid
from services.assets.labelquery import Requirement, parse, render

KEY = "a label's key (1 to 63 of a-z, 0-9, _ . -, a letter first)"
VALUE = 'a value, in quotes if it is empty or holds a space or one of , ( ) = ! "'
SHORT = "a value of at most 63 printable characters"
OPERATOR = "=, !=, in, notin, “,” or the end"


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", ()),
        ("  \t\n", ()),
        ("line=3", (Requirement("line", ("3",)),)),
        ("line = 3", (Requirement("line", ("3",)),)),
        ("spare!=yes", (Requirement("spare", ("yes",), negated=True),)),
        ("maker in (acme, trumpf)", (Requirement("maker", ("acme", "trumpf")),)),
        ("maker in(acme)", (Requirement("maker", ("acme",)),)),
        ("maker notin (x)", (Requirement("maker", ("x",), negated=True),)),
        ("retired", (Requirement("retired"),)),
        ("! retired", (Requirement("retired", negated=True),)),
        ("in", (Requirement("in"),)),
        ("in in (in)", (Requirement("in", ("in",)),)),
        ("notin notin (notin,in)", (Requirement("notin", ("notin", "in"), negated=True),)),
        ("a.b-c_9=A.B:C/9", (Requirement("a.b-c_9", ("A.B:C/9",)),)),
        ('hall = "Halle 7, Süd"', (Requirement("hall", ("Halle 7, Süd",)),)),
        (r'a="say \"hi\" \\"', (Requirement("a", ('say "hi" \\',)),)),
        ('a=""', (Requirement("a", ("",)),)),
        ("a=';DROP--", (Requirement("a", ("';DROP--",)),)),
        ("line=3,!old,maker", (Requirement("line", ("3",)), Requirement("old", None, True), Requirement("maker"))),
        ("a,a", (Requirement("a"), Requirement("a"))),
    ],
)  # fmt: skip
def test_reads(text: str, query: tuple[Requirement, ...]):
    assert parse(text) == query


@pytest.mark.parametrize(
    ("text", "position", "expected", "found"),
    [
        ("Line=3", 1, KEY, "“Line”"),
        ("=3", 1, KEY, "“=”"),
        (",a", 1, KEY, "“,”"),
        ("a,", 3, KEY, "the end"),
        ("a,,b", 3, KEY, "“,”"),
        ("!", 2, KEY, "the end"),
        ("!!a", 2, KEY, "“!”"),
        ("!a=3", 3, "“,” or the end", "“=”"),
        ("line=", 6, VALUE, "the end"),
        ("a==b", 3, VALUE, "“=”"),
        ("a=(b)", 3, VALUE, "“(”"),
        ('a="b', 3, VALUE, "“\"”"),
        (r'a="\n"', 3, VALUE, "“\"”"),
        ("a!b", 2, "“,” or the end", "“!”"),
        ("a b", 3, OPERATOR, "“b”"),
        ("a > 3", 3, OPERATOR, "“>”"),
        ("a IN (b)", 3, OPERATOR, "“IN”"),
        ("a=b c=d", 5, "“,” or the end", "“c”"),
        ("a in", 5, "“(”", "the end"),
        ("a in b", 6, "“(”", "“b”"),
        ("a in ()", 7, VALUE, "“)”"),
        ("a in (b", 8, "“,” or “)”", "the end"),
        ("a in (b c)", 9, "“,” or “)”", "“c”"),
        ("a in (b,)", 9, VALUE, "“)”"),
        ("a in (b))", 9, "“,” or the end", "“)”"),
        ("a=" + "x" * 64, 3, SHORT, f"“{'x' * 63}”"),
        ("a=b\0", 3, SHORT, "“b\\x00”"),
        ('a="\ud800"', 3, SHORT, "“\"”"),
        ("a=b\u00a0", 4, "“,” or the end", "“\\xa0”"),
        ("\0", 1, KEY, "“\\x00”"),
    ],
)  # fmt: skip
def test_says_where_and_what_was_expected(text: str, position: int, expected: str, found: str):
    with pytest.raises(LabelQueryInvalid) as caught:
        parse(text)
    assert caught.value.facts == {"position": position, "expected": expected}
    assert caught.value.message == (
        f"The label query is wrong at character {position}: expected {expected}, found {found}."
    )
    assert caught.value.field == "labels"


@pytest.mark.parametrize(("text", "limit"), [("a" * 2_001, 2_000), (",".join("a" * 33), 32), ("(" * 10**6, 2_000)])
def test_a_query_is_bounded(text: str, limit: int):
    with pytest.raises(LabelQueryInvalid) as caught:
        parse(text)
    assert caught.value.facts == {"limit": limit}


VALUES = st.lists(st.text(alphabet="ab3 ,()=!\"\\'äト", max_size=6), min_size=1, max_size=4).map(tuple)
REQUIREMENTS = st.builds(
    Requirement,
    key=st.sampled_from(["a", "in", "notin", "line.no-3_b", "x" * 63]),
    values=st.none() | VALUES,
    negated=st.booleans(),
)


@settings(deadline=None)
@given(st.lists(REQUIREMENTS, max_size=6).map(tuple))
def test_reads_what_it_renders(query: tuple[Requirement, ...]):
    assert parse(render(query)) == query


@settings(deadline=None)
@given(st.text(alphabet='ab=!,()" \\in\0ä', max_size=40) | st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str):
    refused = None
    try:
        assert parse(render(parse(text))) == parse(text)
    except LabelQueryInvalid as error:
        refused = error
    if refused is not None:
        assert refused.message.isprintable()
        assert 1 <= int(str(refused.facts["position"])) <= len(text) + 1
