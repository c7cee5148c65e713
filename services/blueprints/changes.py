"""What differs between two blueprint versions, in words a process engineer reads. Pure functions.

A version is laid out in parts with facts, each with a path, a title and a text; two versions are compared fact by fact,
whether they are of one blueprint or of two.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from services.blueprints.contracts import BlueprintVersion, Change, ChangeKind

_CODE = {"module": "Module", "loss": "Loss", "score": "Score", "fit": "Fit"}
_KINDS = {"trained": "trained step by step", "fitted": "computed from its rows at once"}


class Fact(NamedTuple):
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A parameter, a signal or the like: it comes and goes as a whole, and changes fact by fact."""

    title: str
    facts: Mapping[str, Fact]
    """By key, in the order people read them; key and title are empty where the part is a single fact."""


def changes(before: BlueprintVersion, after: BlueprintVersion) -> list[Change]:
    """From one version to another of the same or of another blueprint: what is new or different in the order of
    `after`, then what is gone."""
    old, new = dict(_parts(before)), dict(_parts(after))
    found: list[Change] = []
    for path, part in new.items():
        if path in old:
            found += _within(path, old[path], part)
        else:
            found.append(Change(path, part.title, ChangeKind.ADDED, None, _whole(part)))
    found += _order(before, after)
    gone = [path for path in old if path not in new]
    return found + [Change(path, old[path].title, ChangeKind.REMOVED, _whole(old[path]), None) for path in gone]


def _within(path: str, before: Part, after: Part) -> Iterator[Change]:
    if before.title != after.title:
        yield Change(f"{path}.title", f"{after.title}: name", ChangeKind.CHANGED, before.title, after.title)
    for key, fact in after.facts.items():
        old = before.facts[key]
        if old.text != fact.text:
            title = f"{after.title}: {fact.title}" if key else after.title
            yield Change(f"{path}.{key}" if key else path, title, ChangeKind.CHANGED, old.text, fact.text)


def _whole(part: Part) -> str:
    return ", ".join(fact.text for fact in part.facts.values() if fact.text)


def _order(before: BlueprintVersion, after: BlueprintVersion) -> Iterator[Change]:
    """Whether the signals that both read stand in another order: it is the order of columns."""
    old, new = ({signal["key"]: signal["title"] for signal in _contract(each)["signals"]} for each in (before, after))
    stayed = [key for key in old if key in new], [key for key in new if key in old]
    if stayed[0] != stayed[1]:
        texts = [", ".join(new[key] for key in keys) for keys in stayed]
        yield Change("signals", "Order of signals", ChangeKind.CHANGED, texts[0], texts[1])


def _contract(version: BlueprintVersion) -> Mapping[str, Any]:
    return version.declaration["contract"] or {"key": "any", "signals": ()}


def _parts(version: BlueprintVersion) -> Iterator[tuple[str, Part]]:
    """By path, in the order people read them."""
    declared = version.declaration
    yield "key", _only("Blueprint", version.key)
    yield "title", _only("Title", declared["title"])
    for parameter in declared["parameters"]:
        yield f"parameters.{parameter['key']}", _parameter(parameter)
    yield "threshold", _threshold(declared["threshold"])
    yield from _reading(_contract(version), declared["history_rows"])
    yield from _making(declared)
    yield "plugin", _only("Plugin", f"{version.plugin.name} {version.plugin.version}")
    yield "plugin.files", _only("Files of the plugin", version.plugin.digest[:12])


def _only(title: str, text: str) -> Part:
    return Part(title, {"": Fact("", text)})


def _parameter(declared: Mapping[str, Any]) -> Part:
    whole = "whole numbers " if declared["whole"] else ""
    limits = f"{whole}{_number(declared['low'])} to {_number(declared['high'])}"
    facts = {
        "default": Fact("default", _number(declared["default"])),
        "range": Fact("range", limits),
        "own": Fact("can be set", "for single assets too" if declared["own"] else "for the whole run only"),
        "help": Fact("help", declared.get("help", "")),
    }
    return Part(declared["title"], facts)


def _threshold(declared: Mapping[str, Any]) -> Part:
    """How raw scores become alarms."""
    quantile, factor, rows = declared["quantile"], declared["factor"], declared["smooth_rows"]
    facts = {
        "quantile": Fact("calibration rows below it, before the factor", f"{_number(100 * quantile)} %"),
        "factor": Fact("factor", _number(factor)),
        "smooth_rows": Fact("rows of the running median", _number(rows)),
    }
    return Part("Threshold", facts)


def _reading(contract: Mapping[str, Any], history_rows: int) -> Iterator[tuple[str, Part]]:
    """What it looks at."""
    yield "contract", _only("Contract", contract["key"])
    if "period_s" in contract:
        yield "contract.period_s", _only("Time between rows", f"{_number(contract['period_s'])} s")
    yield "history_rows", _only("Rows a score looks at", _number(history_rows))
    for signal in contract["signals"]:
        facts = {
            "unit": Fact("unit", signal["unit"]),
            "limits": Fact("limits", f"{_number(signal['low'])} to {_number(signal['high'])}"),
            "importance": Fact("importance", signal["importance"]),
            "exogenous": Fact("role", "drives the asset" if signal["exogenous"] else "judged"),
        }
        yield f"signals.{signal['key']}", Part(f"Signal {signal['title']}", facts)


def _making(declared: Mapping[str, Any]) -> Iterator[tuple[str, Part]]:
    """How models are made."""
    yield "kind", _only("A model is", _KINDS[declared["kind"]])
    if "stacked" in declared:
        yield "stacked", _only("Assets are fitted", "together" if declared["stacked"] else "one after the other")
    if "learns_labels" in declared:
        yield "learns_labels", _only("Labelled events", "are taught to the model")
    for name, title in _CODE.items():
        if name in declared["code"]:
            yield f"code.{name}", _only(title, declared["code"][name])


def _number(value: float | str) -> str:
    """`float` also reads the text that stands for infinity."""
    return f"{float(value):.12g}"
