"""Pictures of a pipeline and of a search, as SVG: no script, no network, and the same said in words."""

import math
from collections.abc import Mapping, Sequence
from html import escape

from andon_sdk.link.contracts import Graph
from andon_sdk.link.generate import steps_of
from andon_sdk.link.running import Progress, State

_WIDE, _HIGH, _ACROSS, _DOWN, _EDGE = 168, 52, 216, 76, 12
_COLOURS = {
    State.WAITING: ("#f3f4f6", "#6b7280"),
    State.RUNNING: ("#dbeafe", "#1d4ed8"),
    State.CACHED: ("#ecfdf5", "#047857"),
    State.DONE: ("#d1fae5", "#047857"),
    State.FAILED: ("#fee2e2", "#b91c1c"),
}
"""Ground and ink; each pair has a contrast of 4.5 or more, and the state is written beside it."""
_SIGNS = {
    State.WAITING: "○", State.RUNNING: "▶", State.CACHED: "✓", State.DONE: "✓", State.FAILED: "✗",
}  # fmt: skip


def told(progress: Progress) -> str:
    """How a step stands, in words: `done, 1.25 s`."""
    seconds = "" if progress.seconds is None else f", {progress.seconds:.2f} s"
    known = " when it ran" if progress.state is State.CACHED and seconds else ""
    return f"{progress.state.value}{seconds}{known}"


def words(graph: Graph, progress: Sequence[Progress]) -> str:
    """The picture as text: a line a step, with what it takes from which."""
    stands = {each.step: each for each in progress}
    lines = []
    for step in steps_of(graph):
        after = f" after {', '.join(step.after)}" if step.after else ""
        own = stands.get(step.name, Progress(step.name))
        lines.append(f"{_SIGNS[own.state]} {step.name}{after}: {told(own)}")
    return "\n".join(lines)


def picture(graph: Graph, progress: Sequence[Progress] = ()) -> str:
    """The steps from left to right, each behind those it takes from."""
    stands = {each.step: each for each in progress}
    places = _places(graph)
    columns = max((column for column, _ in places.values()), default=0) + 1
    rows = max((row for _, row in places.values()), default=0) + 1
    wide, high = columns * _ACROSS - (_ACROSS - _WIDE) + 2 * _EDGE, rows * _DOWN - (_DOWN - _HIGH) + 2 * _EDGE
    parts = [_edge(places[before], places[step.name]) for step in steps_of(graph) for before in step.after]
    parts += [
        _box(step.name, places[step.name], stands.get(step.name, Progress(step.name))) for step in steps_of(graph)
    ]
    return _svg(wide, high, "Steps of the pipeline", words(graph, progress), parts)


def _places(graph: Graph) -> dict[str, tuple[int, int]]:
    columns: dict[str, int] = {}
    filled: dict[int, int] = {}
    places: dict[str, tuple[int, int]] = {}
    for step in steps_of(graph):
        column = 1 + max((columns.get(before, 0) for before in step.after), default=-1)
        columns[step.name] = column
        places[step.name] = (column, filled.get(column, 0))
        filled[column] = filled.get(column, 0) + 1
    return places


def _edge(before: tuple[int, int], after: tuple[int, int]) -> str:
    x1, y1 = _EDGE + before[0] * _ACROSS + _WIDE, _EDGE + before[1] * _DOWN + _HIGH / 2
    x2, y2 = _EDGE + after[0] * _ACROSS, _EDGE + after[1] * _DOWN + _HIGH / 2
    middle = (x1 + x2) / 2
    return (
        f'<path d="M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}" fill="none" stroke="#9ca3af" stroke-width="1.5"/>'
    )


def _box(name: str, place: tuple[int, int], progress: Progress) -> str:
    x, y = _EDGE + place[0] * _ACROSS, _EDGE + place[1] * _DOWN
    ground, ink = _COLOURS[progress.state]
    short = name if len(name) <= 18 else name[:17] + "…"
    return (
        f'<g><rect x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="8" fill="{ground}" stroke="{ink}"/>'
        f'<text x="{x + 12}" y="{y + 21}" font-weight="600" fill="#111827">{escape(short)}</text>'
        f'<text x="{x + 12}" y="{y + 40}" font-size="12" fill="{ink}">{_SIGNS[progress.state]} '
        f"{escape(told(progress))}</text></g>"
    )


def _svg(wide: float, high: float, title: str, said: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{wide:g}" height="{high:g}" '
        f'viewBox="0 0 {wide:g} {high:g}" font-family="system-ui, sans-serif" font-size="14" '
        f'style="max-width:100%;height:auto;background:#fff"><title>{escape(title)}</title>'
        f"<desc>{escape(said)}</desc>{''.join(parts)}</svg>"
    )


def scatter(key: str, metric: str, points: Sequence[tuple[object, float]], best: tuple[object, float] | None) -> str:
    """Trials of a search over one parameter: its values across, the metric up, the best one filled."""
    wide, high, left, low = 320, 200, 64, 40
    values = [value for value, _ in points]
    numbers = [float(each) for each in values if isinstance(each, int | float)]
    logarithmic = len(numbers) == len(values) and min(numbers) > 0 and max(numbers) >= 100 * min(numbers)
    across = _scale(values, logarithmic)
    heights = [each for _, each in points]
    bottom, top = min(heights), max(heights)
    span = (top - bottom) or 1.0
    parts = [
        f'<path d="M{left} 12V{high - low}H{wide - 12}" fill="none" stroke="#6b7280"/>',
        f'<text x="{left - 6}" y="20" text-anchor="end" font-size="11">{top:.4g}</text>',
        f'<text x="{left - 6}" y="{high - low}" text-anchor="end" font-size="11">{bottom:.4g}</text>',
        f'<text x="{(left + wide) / 2}" y="{high - 6}" text-anchor="middle" font-size="12">{escape(key)}'
        f"{' (logarithmic)' if logarithmic else ''}</text>",
    ]
    for value, height in points:
        x = left + 14 + across[value] * (wide - left - 40)
        y = high - low - 8 - (height - bottom) / span * (high - low - 28)
        fill = "#047857" if (value, height) == best else "#fff"
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="#047857">'
            f"<title>{escape(f'{key} {value}: {metric} {height:.6g}')}</title></circle>"
        )
    ends = (values[0], values[-1]) if not numbers else (min(numbers), max(numbers))
    parts += [
        f'<text x="{left + 14}" y="{high - low + 16}" font-size="11">{escape(_short(ends[0]))}</text>',
        f'<text x="{wide - 12}" y="{high - low + 16}" text-anchor="end" font-size="11">'
        f"{escape(_short(ends[1]))}</text>",
    ]
    said = "; ".join(f"{value}: {height:.6g}" for value, height in points)
    return _svg(wide, high, f"{metric} by {key}", said, parts)


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _scale(values: Sequence[object], logarithmic: bool) -> Mapping[object, float]:
    """Places from 0 to 1: numbers by size, words in order."""
    numbers = {value: float(value) for value in values if isinstance(value, int | float)}
    if len(numbers) < len(set(values)):
        order = list(dict.fromkeys(values))
        return {value: at / max(1, len(order) - 1) for at, value in enumerate(order)}
    if logarithmic:
        numbers = {value: math.log(number) for value, number in numbers.items()}
    low, span = min(numbers.values()), (max(numbers.values()) - min(numbers.values())) or 1.0
    return {value: (number - low) / span for value, number in numbers.items()}
