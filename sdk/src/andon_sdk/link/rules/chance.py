"""What comes out otherwise each time: chance without a seed, the order of sets, the clock."""

import ast
import re
from collections.abc import Iterator

from andon_sdk.link.contracts import Finding, Role
from andon_sdk.link.graph import Unit, numbers_of
from andon_sdk.link.seen import Seen, at_once, keyword, said, warning

UNSEEDED = warning("unseeded", "Each run draws other numbers, so the proof cannot find the notebook's again.")
SET_ORDER = warning("set-order", "The order of a set of texts is another in each process.")
CLOCK = warning("clock", "It is another each time, so the proof cannot find the notebook's again.")

_SEEDS = {
    "numpy.random.seed": ("numpy",),
    "random.seed": ("random",),
    "torch.manual_seed": ("torch",),
    "torch.random.manual_seed": ("torch",),
    **dict.fromkeys(
        ("lightning.seed_everything", "pytorch_lightning.seed_everything", "lightning.pytorch.seed_everything",
         "transformers.set_seed"),
        ("numpy", "random", "torch"),
    ),
}  # fmt: skip
_SEED_CALL = {"numpy": "numpy.random.seed(0)", "random": "random.seed(0)", "torch": "torch.manual_seed(0)"}
_DRAWS = {
    "numpy": re.compile(
        r"numpy\.random\.(?!seed|default_rng|RandomState|Generator|SeedSequence|get_state|set_state)[a-z]\w*"
    ),
    "random": re.compile(
        r"random\.(?:random|randint|randrange|choice|choices|sample|shuffle|uniform|gauss|normalvariate|betavariate|expovariate)"
    ),
    "torch": re.compile(
        r"torch\.(?:rand|randn|randint|randperm|rand_like|randn_like|normal|bernoulli|multinomial)"
        r"|torch\.nn\.(?:Linear|Conv[123]d|ConvTranspose[123]d|LSTM|GRU|RNN|Embedding|Transformer\w*|MultiheadAttention"
        r"|Bilinear)"
    ),
}
_MODELS = re.compile(
    r"sklearn\.[\w.]+\.(?:RandomForest\w+|ExtraTree\w*|GradientBoosting\w+|IsolationForest|KMeans|MiniBatchKMeans|MLP\w+|SGD\w+"
    r"|DecisionTree\w+|GaussianMixture|BayesianGaussianMixture|Bagging\w+|AdaBoost\w+|TSNE|ShuffleSplit|RandomizedSearchCV"
    r"|EllipticEnvelope|train_test_split)"
)
_CLOCKS = re.compile(
    r"time\.(?:time|time_ns|perf_counter|monotonic|process_time)|datetime\.(?:datetime\.)?(?:now|utcnow|today)"
    r"|datetime\.date\.today|pandas\.Timestamp\.(?:now|today|utcnow)|uuid\.uuid[14]"
)


def chance(seen: Seen) -> Iterator[Finding]:
    yield from _draws(seen)
    yield from _generators(seen)
    yield from _sets(seen)
    yield from _clock(seen)


def _draws(seen: Seen) -> Iterator[Finding]:
    """A seed holds for the step that sets it; one in the imports for the first step that draws."""
    imports = seen.links.imports
    seeded = (
        {library for _, call in _run(imports, seen) for library in _SEEDS.get(seen.dotted(call.func), ())}
        if imports
        else set()
    )
    drawn: dict[str, Unit] = {}
    for unit in seen.links.units:
        if unit.role not in {Role.STEP, Role.METRICS}:
            continue
        own: set[str] = set()
        for cell, call in _run(unit, seen):
            own |= set(_SEEDS.get(seen.dotted(call.func), ()))
            for library in _drawn(call, seen):
                if library in own or (library in seeded and drawn.setdefault(library, unit) is unit):
                    continue
                own.add(library)  # once a step
                what = f"`{ast.unparse(call.func)}` in {said(unit)} draws by chance without a seed"
                if (first := drawn.get(library)) is not None and first is not unit:
                    what = f"{what} of its own: the one of the imports was used up in {said(first)}"
                drawn.setdefault(library, unit)
                yield UNSEEDED.at(cell, call.lineno, f"{what}.", f"Begin the step with {_SEED_CALL[library]}.")


def _run(unit: Unit, seen: Seen) -> Iterator[tuple[int, ast.Call]]:
    """Calls that run with the unit, in its order."""
    for text in unit.texts:
        calls = [node for node in at_once(text.tree) if isinstance(node, ast.Call)]
        yield from ((text.cell.number, call) for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)))


def _drawn(call: ast.Call, seen: Seen, depth: int = 0) -> Iterator[str]:
    """Libraries whose chance the call uses; through functions and classes of the notebook too."""
    name = seen.dotted(call.func)
    if keyword(call, "generator") is None:
        yield from (library for library, draws in _DRAWS.items() if draws.fullmatch(name))
    made = seen.functions.get(name)
    if made is not None and depth < 4:
        inside = [node for node in ast.walk(made) if isinstance(node, ast.Call)]
        seeds = {library for each in inside for library in _SEEDS.get(seen.dotted(each.func), ())}
        yield from sorted({lib for each in inside for lib in _drawn(each, seen, depth + 1)} - seeds)


def _generators(seen: Seen) -> Iterator[Finding]:
    """Those that take their seed as an argument."""
    seeds = _seeds(seen)
    for cell, call in seen.calls():
        name = seen.dotted(call.func)
        what = fix = ""
        if name in {"numpy.random.default_rng", "numpy.random.RandomState", "random.Random"} and not (
            call.args or call.keywords
        ):
            what, fix = f"`{name}()` has no seed", f"Give it one: `{name.rpartition('.')[2]}(0)`."
        elif _MODELS.fullmatch(name) and not _given(call, "random_state") and not _in_order(call):
            what, fix = f"`{name.rpartition('.')[2]}` has no random_state", "Give it one: random_state=0."
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "sample" and name not in {"random.sample"}:
            rows = bool(call.args and isinstance(call.args[0], ast.Constant)) or any(
                each.arg in {"n", "frac", "fraction"} for each in call.keywords
            )
            if rows and not (_given(call, "random_state") or _given(call, "seed")):
                what, fix = "`.sample()` has no seed", "Give it one: random_state=0 (pandas), seed=0 (polars)."
        first = None if name.endswith("default_rng") else seeds.get(seen.unit_of[cell].name)
        if what and (first is None or first > (cell, call.lineno)):
            yield UNSEEDED.at(cell, call.lineno, f"{what} in {seen.where(cell)}.", fix)


def _seeds(seen: Seen) -> dict[str, tuple[int, int]]:
    """By step: where it first seeds numpy's own chance, which all that is given no seed uses."""
    found: dict[str, tuple[int, int]] = {}
    for unit in seen.links.units:
        for cell, call in _run(unit, seen):
            if "numpy" in _SEEDS.get(seen.dotted(call.func), ()):
                found.setdefault(unit.name, (cell, call.lineno))
    return found


def _given(call: ast.Call, name: str) -> bool:
    value = keyword(call, name)
    return any(each.arg is None for each in call.keywords) or (
        value is not None and not (isinstance(value, ast.Constant) and value.value is None)
    )


def _in_order(call: ast.Call) -> bool:
    value = keyword(call, "shuffle")
    return isinstance(value, ast.Constant) and value.value is False


def _sets(seen: Seen) -> Iterator[Finding]:
    for text in seen.told:
        for node in ast.walk(text.tree):
            looped: list[ast.expr] = []
            if isinstance(node, ast.For):
                looped = [node.iter]
            elif isinstance(node, ast.ListComp | ast.DictComp):
                looped = [each.iter for each in node.generators]
            elif isinstance(node, ast.Call):
                last = node.func.attr if isinstance(node.func, ast.Attribute) else seen.dotted(node.func)
                looped = node.args[:1] if last in {"list", "tuple", "enumerate", "join", "array", "DataFrame"} else []
            for each in looped:
                if isinstance(each, ast.Set | ast.SetComp) or (
                    isinstance(each, ast.Call) and seen.dotted(each.func) in {"set", "frozenset"}
                ):
                    what = f"`{_short(each)}` in {seen.where(text.cell.number)} is gone through in no order."
                    yield SET_ORDER.at(text.cell.number, each.lineno, what, "Sort it: `sorted(…)`.")


def _short(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _clock(seen: Seen) -> Iterator[Finding]:
    """Only where the time becomes a result: to print how long something took is fine."""
    for unit in seen.links.units:
        if unit.role not in {Role.STEP, Role.METRICS}:
            continue
        results = set(numbers_of(unit)) if unit.role is Role.METRICS else unit.gives
        timed: dict[str, str] = {}
        told: set[str] = set()
        for cell, node in ((text.cell.number, node) for text in unit.texts for node in at_once(text.tree)):
            if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) or node.value is None:
                continue
            clock = _clock_in(node.value, timed, seen)
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
            if clock is not None:
                timed |= dict.fromkeys(names, clock)
            for name in sorted(names & results & timed.keys() - told) if clock is not None else ():
                told.add(name)
                what = f"`{name}` in {said(unit)} is made of the time it ran at (`{clock}`)."
                yield CLOCK.at(cell, node.lineno, what, "Take times from the rows, or keep this out of results.")


def _clock_in(value: ast.expr, timed: dict[str, str], seen: Seen) -> str | None:
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and _CLOCKS.fullmatch(name := seen.dotted(node.func)):
            return name
        if isinstance(node, ast.Name) and node.id in timed:
            return timed[node.id]
    return None
