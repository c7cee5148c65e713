"""The words of `%link`, which are those of `andon-sdk link` too."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from andon_sdk.link.contracts import Graph
from andon_sdk.link.given import ParameterRefused, Value, read
from andon_sdk.link.search import Space, drawn, grid, space

CACHE = Path(".link", "cache")
"""Beside the notebook: what its steps gave."""


def run_words(parser: argparse.ArgumentParser) -> None:
    """Of a run."""
    parser.add_argument("parameters", nargs="*", metavar="PARAMETER=VALUE", help="instead of the notebook's own")


def prove_words(parser: argparse.ArgumentParser) -> None:
    """Of a proof."""
    parser.add_argument(
        "--tolerance", action="append", default=[], metavar="METRIC=SHARE", help="how far it may be off, relative to it"
    )


def search_words(parser: argparse.ArgumentParser) -> None:
    """Of a search."""
    parser.add_argument("space", nargs="+", metavar="PARAMETER=VALUES", help="a=1,2,3, or a range b=1e-4..1e-2:8")
    parser.add_argument("--metric", required=True, help="the number that is looked at")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--max", dest="greatest", action="store_true", help="the greatest is the best")
    way.add_argument("--min", dest="greatest", action="store_false", help="the least is the best")
    parser.add_argument("--random", type=int, metavar="COUNT", help="so many by chance, instead of all of a grid")
    parser.add_argument("--seed", type=int, default=0, help="of the chance (default: 0)")
    parser.add_argument(
        "--at-once", type=int, default=max(1, (os.cpu_count() or 2) // 2), metavar="COUNT", help="trials side by side"
    )


def parameters(words: Sequence[str], graph: Graph) -> dict[str, Value]:
    """Values by key. Raises `ParameterRefused`."""
    known = {parameter.key: parameter for parameter in graph.parameters}
    values: dict[str, Value] = {}
    for word in words:
        key, sign, text = word.partition("=")
        if key not in known or not sign:
            has = f"It has {', '.join(known)}." if known else "It has none."
            raise ParameterRefused(f"{word!r} is no parameter=value of this notebook. {has}")
        values[key] = read(known[key], text)
    return values


def tolerances(words: Sequence[str]) -> dict[str, float]:
    """Shares by metric. Raises `ParameterRefused`."""
    try:
        return {key: float(text) for key, _, text in (word.partition("=") for word in words)}
    except ValueError as error:
        raise ParameterRefused(f"{' '.join(words)} is no tolerance: write auc=1e-3.") from error


def trials(told: argparse.Namespace, graph: Graph) -> tuple[Space, list[dict[str, Value]]]:
    """What is searched, and the trials of it. Raises `ParameterRefused`."""
    meant = space(told.space, graph.parameters)
    if told.random is not None:
        return meant, drawn(meant, graph.parameters, told.random, told.seed)
    return meant, grid(meant, graph.parameters)
