import pytest

from services.assets import labels
from services.assets.contracts import Label
from services.assets.errors import LabelInvalid, TooManyLabels


@pytest.mark.parametrize("key", ["a", "line", "line.no-3_b", "x" * 63])
@pytest.mark.parametrize("value", ["", "3", "Halle 7, Süd", "トルンプ", "x" * 63, "a=b", '"'])
def test_what_a_label_may_be(key: str, value: str):
    assert labels.of_asset("drill-1", [Label(key, value)]) == {key: value}


@pytest.mark.parametrize("key", ["", "3", "Line", "-a", "a b", "ä", "a\n", "x" * 64, "a\0", "\ud800", "a$$b", "{}"])
def test_a_key_that_is_none_is_named(key: str):
    for check in (lambda: labels.checked([Label(key, "3")]), lambda: labels.check_change({}, [key])):
        with pytest.raises(LabelInvalid) as caught:
            check()
        assert caught.value.facts == {"label": labels.shown(key)}
        assert caught.value.message.isprintable()


@pytest.mark.parametrize("value", ["x" * 64, "a\nb", "\0", "\ud800", "\x7f", "\u200b"])
def test_a_value_that_is_none_names_its_label(value: str):
    with pytest.raises(LabelInvalid) as caught:
        labels.checked([Label("line", "3"), Label("maker", value)])
    assert caught.value.facts == {"label": "maker"}
    assert caught.value.message == "The value of label “maker” needs at most 63 printable characters."


def test_a_key_stands_once():
    with pytest.raises(LabelInvalid, match="given twice"):
        labels.checked([Label("line", "3"), Label("line", "3")])
    with pytest.raises(LabelInvalid, match="both set and removed") as caught:
        labels.check_change({"line": "3"}, ["maker", "line"])
    assert caught.value.facts == {"label": "line"}


def test_labels_are_few():
    most = [Label(f"k{number}", "") for number in range(32)]
    assert len(labels.of_asset("drill-1", most)) == 32
    with pytest.raises(TooManyLabels) as caught:
        labels.of_asset("drill-1", [*most, Label("more", "")])
    assert caught.value.facts == {"asset": "drill-1", "limit": 32}
    with pytest.raises(TooManyLabels):
        labels.check_change({}, [f"k{number}" for number in range(33)])


def test_what_is_shown_can_be_printed():
    assert [labels.shown(text) for text in ("ab", "a\0\ud800", "x" * 99)] == ["ab", "a\\x00\\ud800", "x" * 63]
