"""A capsule's score, given again by the code that serves, and held bit for bit against what was answered."""

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import torch

from andon_sdk.plugin import Recipe
from services.blueprints.contracts import OfferedBlueprint
from services.fleet.artefact import read_model
from services.fleet.capsule import ANSWERS, ROWS, SEQUENCE, Capsule, CapsuleMalformed
from services.fleet.errors import FleetError
from services.fleet.manifest import CALIBRATION, MODELS
from services.fleet.manifest import MANIFEST as PACK_MANIFEST
from services.fleet.pack import Pack
from services.fleet.score import ABNORMAL, Entry
from services.kernel import wire
from services.serving.cluster.answers import answers
from services.serving.cluster.book import Shelf
from services.serving.cluster.messages import WantedContract

RecipeOf = Callable[[str], Recipe | None]
"""The blueprint of a key, as it is installed here."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One column of one version's answer."""

    column: str
    expected: str
    found: str
    equal: bool
    """Every bit is the same."""


@dataclass(frozen=True, slots=True)
class Again:
    """What one version of the capsule says here."""

    version: str
    role: int
    columns: tuple[Compared, ...]
    reason: str | None = None
    """Why it could not be asked; None where it was."""

    @property
    def equal(self) -> bool:
        return self.reason is None and all(column.equal for column in self.columns)


def score_again(capsule: Capsule, recipe_of: RecipeOf, *, changed_models: bool = True) -> list[Again]:
    """What each version in the capsule answers to the capsule's row now, champion first.

    `changed_models`: a model whose bits are not its pack's is asked all the same, so that it can be seen what the
    change does. Raises `CapsuleMalformed`.
    """
    rows, given = capsule.table(ROWS), capsule.table(ANSWERS)
    try:
        models = sorted(capsule.manifest["models"], key=lambda model: model["role"])
        return [_again(capsule, model, rows, given, recipe_of, changed_models) for model in models]
    except (KeyError, TypeError, IndexError, AttributeError, pa.ArrowException) as error:
        raise CapsuleMalformed(f"The capsule's manifest is damaged: {type(error).__name__}: {error}"[:300]) from error


def _again(
    capsule: Capsule, model: Mapping[str, Any], rows: pa.Table, given: pa.Table, recipe_of: RecipeOf, changed: bool
) -> Again:
    asked, role = str(model["version"]), int(model["role"])
    recipe = recipe_of(str(model["blueprint"]))
    if recipe is None:
        return Again(asked, role, (), f"No plugin installed here offers the blueprint “{model['blueprint']}”.")
    try:
        pack = model_of(capsule, model, unchecked=changed)
        shelf = _shelf(model, str(capsule.manifest["score"]["asset"]), pack, recipe)
        mine = [row for row in given.to_pylist() if row["version"] == asked and row["role"] == role]
        found = _last(shelf, rows, [int(row["row"]) for row in mine], model, role)
    except (FleetError, ValueError, RuntimeError, NotImplementedError) as error:
        return Again(asked, role, (), f"It raises {type(error).__name__} instead of scoring: {error}"[:400])
    return Again(asked, role, tuple(_compared(mine[-1], found)))


def said(capsule: Capsule, offered: Mapping[str, OfferedBlueprint]) -> dict[str, Any]:
    """The same as plain JSON: whether every bit of every answer is `equal`, a `remark` in words on what is not as it
    was, the `differences`, and the `processor` that this was found on. Raises `CapsuleMalformed`."""
    found = score_again(capsule, lambda key: offered[key].blueprint if key in offered else None)
    remarks = [f"Version {one.version}: {one.reason}" for one in found if one.reason]
    remarks += [*changed_bits(capsule), *surroundings(capsule, offered)]
    return {
        "equal": all(one.equal for one in found),
        "remark": "; ".join(remarks) or None,
        "differences": [
            {"version": one.version, "column": column.column, "recorded": column.expected, "here": column.found}
            for one in found
            for column in one.columns
            if not column.equal
        ],
        "processor": processor(),
    }


def surroundings(capsule: Capsule, offered: Mapping[str, OfferedBlueprint]) -> list[str]:
    """What is not here as it was where the capsule's models were made and its score was given, each in words: packages,
    the plugins' files, the processor."""
    found: list[str] = []
    for model in capsule.manifest["models"]:
        for name, before in sorted(model["environment"].items()):
            here = platform.python_version() if name == "python" else _installed(str(name))
            if here != before:
                found.append(f"{name} {before}, here {here or 'none'}")
        plugin, mine = model["plugin"], offered.get(str(model["blueprint"]))
        if mine is not None and plugin["digest"] != mine.plugin.digest:
            found.append(f"files of {plugin['name']} {plugin['digest'][:12]}, here {mine.plugin.digest[:12]}")
    here = processor()
    for name, before in sorted(capsule.manifest.get("processor", {}).items()):
        if here.get(name) != before:
            found.append(f"processor's {name} {before}, here {here.get(name, 'unknown')}")
    return list(dict.fromkeys(found))


@cache
def processor() -> dict[str, str]:
    """What can change the last digits: the kind of the processor, and which vectors torch uses of it."""
    kind = next((line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")), "")
    return {
        "machine": platform.machine(),
        "kind": kind or platform.processor() or "unknown",
        "vectors": torch.backends.cpu.get_cpu_capability(),
    }


def _cpuinfo() -> list[str]:
    place = Path("/proc/cpuinfo")
    return place.read_text().splitlines() if place.exists() else []


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def model_of(capsule: Capsule, model: Mapping[str, Any], *, unchecked: bool = False) -> Pack:
    """The one model, read as from its pack. Raises `DigestMismatch` and the like; `unchecked` takes the row's bits as
    they are."""
    folder = f"models/{model['version']}/"
    index, digest = int(model["index"]), str(model["digest"])

    def read(name: str, start: int, length: int) -> bytes:
        return capsule.files[folder + name][:length] if name == PACK_MANIFEST else capsule.files[folder + name]

    if not unchecked:
        return read_model(read, digest, index)
    return read_model(read, digest, index, checked=False)


def changed_bits(capsule: Capsule) -> list[str]:
    """Versions whose tensors or calibration rows are not those that their pack's manifest names, in words."""
    changed = set(capsule.changed())
    told: list[str] = []
    for model in capsule.manifest["models"]:
        files = {name: f"models/{model['version']}/{name}" for name in (MODELS, CALIBRATION, PACK_MANIFEST)}
        told += [
            f"{name} of version {model['number']} is not what its pack {str(model['digest'])[:12]} holds"
            for name, path in files.items()
            if path in changed
        ]
    return told


def _shelf(model: Mapping[str, Any], asset: str, pack: Pack, recipe: Recipe) -> Shelf:
    agreed = model["contract"]
    contract = WantedContract(
        UUID(agreed["id"]), int(agreed["version"]), tuple(agreed["signals"]), tuple(agreed["importance"])
    )
    return Shelf(contract, [Entry(str(model["version"]), asset, pack, 0, recipe)])


def _last(shelf: Shelf, rows: pa.Table, places: Sequence[int], model: Mapping[str, Any], role: int) -> dict[str, Any]:
    """What the shelf says of the last of the rows, having seen the others before it in the order of arrival."""
    asset = shelf.scorer.assets[0]
    if before := [int(place) for place in model["before"]]:
        known = shelf.scorer.state()  # another version served: of its rows, what is known of the signals is taken over
        shelf.score(_batches(rows, before, asset), known)
        shelf.state.since_missing[:] = known.since_missing
    batches = _batches(rows, places, asset)
    parts = shelf.score(batches, explain_above=-np.inf)
    answer = answers(batches[-1], [parts[-1]], role, {})
    assert answer is not None
    return answer.to_pylist()[-1]


def _batches(rows: pa.Table, places: Sequence[int], asset: str) -> list[pa.RecordBatch]:
    """A batch for each message that brought some of the rows."""
    taken = rows.take(pa.array(places, pa.int64()))
    sequence = taken[SEQUENCE].fill_null(0).to_numpy()
    bounds = [0, *(np.flatnonzero(np.diff(sequence)) + 1).tolist(), len(places)]
    names = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(places), np.int32)), pa.array([asset]))
    told = taken.drop_columns([SEQUENCE]).add_column(0, pa.field("asset", wire.ASSET), names)
    return [told.slice(start, end - start).combine_chunks().to_batches()[0] for start, end in pairwise(bounds)]


def _compared(expected: Mapping[str, Any], found: dict[str, Any]) -> list[Compared]:
    explained = expected["top"] is not None and any(place is not None for place in expected["top"])
    abnormal = found["value"] is not None and found["value"] > ABNORMAL
    if not explained and not abnormal:  # a normal row names no signals, and has no shares of any
        found = {**found, "top": [None] * wire.TOP_SIGNALS, "share": [0.0] * wire.TOP_SIGNALS}
    columns = [name for name in wire.SCORE_SCHEMA.names if name not in ("asset", "role")]
    return [
        Compared(name, _said(expected[name]), _said(found[name]), _bits(expected[name]) == _bits(found[name]))
        for name in columns
    ]


def _bits(value: Any) -> Any:
    """Equal where every bit is; a null element of a list is one and the same."""
    if isinstance(value, float):
        return np.float32(value).tobytes()
    return tuple(map(_bits, value)) if isinstance(value, list) else value


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.9g}"
    if isinstance(value, list):
        return " ".join(_said(each) for each in value if each is not None) or "–"
    return "–" if value is None else str(value)
