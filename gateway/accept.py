"""Which of the forms that can be answered a client likes best."""

from collections.abc import Sequence


def preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """The one of `offered` that `Accept` gives the most weight; of equals the one it names first, for a wildcard the
    first of ours. None when it takes none (RFC 9110, section 12.5.1)."""
    best, most = None, 0.0
    for item in (accept or "*/*").lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weight = next((_weight(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
        if weight > most and (match := _match(name, offered)):
            best, most = match, weight
    return best


def _match(name: str, offered: Sequence[str]) -> str | None:
    if name == "*/*":
        return offered[0]
    kind, _, rest = name.partition("/")
    return next((each for each in offered if each == name or (rest == "*" and each.startswith(f"{kind}/"))), None)


def _weight(text: str) -> float:
    """0 for what cannot be read, so that nonsense chooses nothing."""
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
