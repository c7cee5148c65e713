"""Pure rules of labels: what a key and a value may be, and how many an asset may have."""

import re
from collections.abc import Collection, Mapping, Sequence

from services.assets.contracts import Label
from services.assets.errors import LabelInvalid, TooManyLabels

MOST_LABELS = 32
LONGEST_VALUE = 63
KEY = re.compile(r"[a-z][a-z0-9_.-]{0,62}")
KEY_RULE = "1 to 63 of a-z, 0-9, _ . -, a letter first"
VALUE_RULE = f"at most {LONGEST_VALUE} printable characters"


def is_value(text: str) -> bool:
    return len(text) <= LONGEST_VALUE and text.isprintable()


def check_key(key: str) -> None:
    """Raises `LabelInvalid`."""
    if not KEY.fullmatch(key):
        raise LabelInvalid(
            f"“{shown(key)}” cannot be the key of a label: {KEY_RULE}.", field="labels", label=shown(key)
        )


def checked(labels: Sequence[Label]) -> dict[str, str]:
    """Values by key. Raises `LabelInvalid`, also for a key that stands twice."""
    found: dict[str, str] = {}
    for label in labels:
        check_key(label.key)
        if not is_value(label.value):
            raise LabelInvalid(f"The value of label “{label.key}” needs {VALUE_RULE}.", field="labels", label=label.key)
        if label.key in found:
            raise LabelInvalid(
                f"The label “{label.key}” is given twice: give it once.", field="labels", label=label.key
            )
        found[label.key] = label.value
    return found


def of_asset(key: str, labels: Sequence[Label]) -> dict[str, str]:
    """Values by key, for the asset of that key. Raises `LabelInvalid`, `TooManyLabels`."""
    found = checked(labels)
    check_number(key, found)
    return found


def check_change(put: Mapping[str, str], remove: Collection[str]) -> None:
    """Raises `LabelInvalid` for a key that is none, or is both set and removed; `TooManyLabels` for over 32 of each."""
    if max(len(put), len(remove)) > MOST_LABELS:
        message = f"At most {MOST_LABELS} labels are set and {MOST_LABELS} removed at once: send parts."
        raise TooManyLabels(message, field="labels", limit=MOST_LABELS)
    for key in remove:
        check_key(key)
        if key in put:
            message = f"The label “{key}” is both set and removed: choose one."
            raise LabelInvalid(message, field="remove", label=key)


def check_number(asset: str, labels: Mapping[str, str]) -> None:
    """Raises `TooManyLabels` if the asset of that key had more than it may."""
    if len(labels) > MOST_LABELS:
        raise TooManyLabels(
            f"Asset “{asset}” would have {len(labels)} labels, and may have {MOST_LABELS}: remove some first.",
            field="labels",
            asset=asset,
            limit=MOST_LABELS,
        )


def in_order(labels: Mapping[str, str]) -> tuple[Label, ...]:
    """By key."""
    return tuple(Label(key, value) for key, value in sorted(labels.items()))


def shown(text: str) -> str:
    """At most 63 characters of `text` for a message, with what cannot be printed as its code."""
    start = text[:LONGEST_VALUE]
    return start if start.isprintable() else start.encode("unicode_escape").decode("ascii")
