"""Patterns of topics."""

import pytest
from andon_mqtt.topics import Pattern, fields


@pytest.mark.parametrize(
    ("text", "for_broker", "topic", "named"),
    [
        ("plant/{line}/{tag}", "plant/+/+", "plant/l1/flow", {"line": "l1", "tag": "flow"}),
        ("plant/+/{tag}/#", "plant/+/+/#", "plant/l1/flow/a/b", {"tag": "flow"}),
        ("plant/+/{tag}/#", "plant/+/+/#", "plant/l1/flow", {"tag": "flow"}),
        ("a.b/{tag}", "a.b/+", "a.b/", {"tag": ""}),
        ("#", "#", "any/thing", {}),
    ],
)
def test_a_pattern_is_a_filter_that_names_levels(text, for_broker, topic, named):
    pattern = Pattern(text)
    assert pattern.filter == for_broker
    assert pattern.match(topic) == named


@pytest.mark.parametrize(
    ("text", "topic"),
    [("plant/{tag}", "plant/a/b"), ("plant/{tag}", "other/a"), ("a.b", "axb"), ("#", "$SYS/load"), ("+/{x}", "$SYS/a")],
)
def test_other_topics(text, topic):
    assert Pattern(text).match(topic) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a/#/b", "# may only be the last level"),
        ("a/b+", "the level “b"),
        ("a/x{tag}", "the level “x"),
        ("{Tag}", "the level “"),
        ("{a}/{a}", "the name {a} is taken"),
        ("{topic}", "the name {topic} is taken"),
    ],
)
def test_what_is_no_pattern(text, why):
    with pytest.raises(ValueError, match=why.replace("{", r"\{").replace("}", r"\}")):
        Pattern(text)


def test_templates_hold_names_only():
    assert fields("{line}.{name}") == {"line", "name"}
    for hostile in ("{line.__class__}", "{line[0]}", "{line!r}", "{line:>9999}", "{}", "{0}"):
        with pytest.raises(ValueError, match="nothing else in braces"):
            fields(hostile)
