"""The order in which components run: after their parents, wherever their cells stand."""

from collections.abc import Mapping, Sequence


def ordered(ids: Sequence[str], parents: Mapping[str, Sequence[str]]) -> tuple[list[str], list[tuple[str, str]]]:
    """(ids, each after its parents and otherwise in their places; edges (parent, child) that no order can keep, because
    they close a circle)."""
    done: list[str] = []
    broken: list[tuple[str, str]] = []
    waiting = list(ids)
    while waiting:
        free = next((each for each in waiting if not _open(each, parents, waiting)), None)
        if free is None:  # a circle: the first of them begins
            free = waiting[0]
            broken += [(parent, free) for parent in _open(free, parents, waiting)]
        waiting.remove(free)
        done.append(free)
    return done, broken


def ancestors(id: str, parents: Mapping[str, Sequence[str]]) -> set[str]:
    """All that come before it."""
    found: set[str] = set()
    waiting = list(parents.get(id, ()))
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += parents.get(each, ())
    return found


def _open(id: str, parents: Mapping[str, Sequence[str]], waiting: Sequence[str]) -> list[str]:
    return [parent for parent in parents.get(id, ()) if parent in waiting]
