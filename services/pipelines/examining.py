"""What to make of a wheel that an engineer sent: judged by its bytes, unpacked, and asked in a box of its own.

Nothing of the wheel is imported or run but in that box, which has no network, no tenant's rows and a bound on all it
takes. Blocks: for a thread.
"""

import zipfile
from collections.abc import Mapping
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from andon_sdk.package import Inspected, Manifest, State, WheelRefused, inspect, unpack
from services.pipelines.errors import (
    NotAPipeline,
    NotAWheel,
    PipelineDoesMore,
    PipelineFailed,
    PipelineIncompatible,
    PipelineModified,
    PipelineStandsIn,
)
from services.pipelines.link import FILE, MOST_BYTES, parsed
from services.plugins import api as plugins
from services.plugins.contracts import PIPELINE_HOOKS, NewOwnVersion
from services.plugins.errors import PluginFaulty

ASKED_FOR_S = 20.0
"""For its answer, loading included: who asked waits for it."""


def examined(wheel: Path, scratch: Path) -> NewOwnVersion:
    """What is known of it now; its files lie in `scratch` then.

    Raises `NotAWheel`, `NotAPipeline`, `PipelineModified`, `PipelineIncompatible`, `PipelineDoesMore`,
    `PipelineStandsIn`, `PipelineFailed`.
    """
    judged = _judged(wheel)
    manifest = judged.manifest
    assert manifest is not None
    _check_manifest(manifest)
    files = scratch / "files"
    try:
        unpack(wheel, files)
    except WheelRefused as error:
        raise NotAWheel(str(error), field="uploadId") from error
    link = _link(files / manifest.package / FILE)
    [found] = distributions(path=[str(files)])
    digest, tree = plugins.content_of(found, files)
    return NewOwnVersion(
        name=manifest.name,
        version=manifest.version,
        wheel=judged.digest,
        files=tree,
        digest=digest,
        bytes=wheel.stat().st_size,
        title=manifest.title,
        summary=manifest.summary,
        sector=manifest.sector,
        package=manifest.package,
        sdk=manifest.sdk,
        declared=_asked(manifest, digest, files),
        link=link,
        unpacked=files,
    )


def _judged(wheel: Path) -> Inspected:
    if not zipfile.is_zipfile(wheel):
        raise NotAWheel(
            "It is no wheel: a wheel is a ZIP archive whose name ends in .whl. `%link deploy` makes one of a notebook.",
            field="uploadId",
        )
    judged = inspect(wheel, [])
    said = " ".join(judged.reasons)
    if judged.state is State.MODIFIED:
        raise PipelineModified(f"Its files are not what its RECORD describes. {said}", field="uploadId")
    if judged.manifest is None:
        raise NotAPipeline(f"It is no pipeline. {said}", field="uploadId")
    if judged.state is State.INCOMPATIBLE:
        raise PipelineIncompatible(f"It cannot be used here. {said}", field="uploadId")
    return judged


def _check_manifest(manifest: Manifest) -> None:
    more = [f"the hook {hook}" for hook in manifest.capabilities if hook not in PIPELINE_HOOKS]
    more += [f"the host {host}" for host in manifest.hosts]
    more += ["settings"] if manifest.settings_model is not None else []
    if more:
        raise PipelineDoesMore(
            f"A pipeline offers {' and '.join(PIPELINE_HOOKS)} and nothing else; this one asks for {', '.join(more)}. "
            "Make a plugin of it, which the platform's operator adds.",
            field="uploadId",
            asks=tuple(more),
        )
    if manifest.name != canonicalize_name(manifest.name):
        raise NotAPipeline(
            f"It is called {manifest.name[:60]}: name it {canonicalize_name(manifest.name)[:60]}, so that no two names "
            "stand for one package.",
            field="uploadId",
        )
    if find_spec(manifest.package) is not None:
        raise PipelineStandsIn(
            f"{manifest.name} brings the package {manifest.package}, which Andon's own environment has: it would stand "
            "in for that. Call the pipeline otherwise.",
            field="uploadId",
            package=manifest.package,
        )


def _link(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise NotAPipeline(
            f"It is a plugin and no pipeline: it has no {FILE}, which says what notebook it was made from. "
            "`%link deploy` makes a package of a notebook; the platform's operator adds plugins.",
            field="uploadId",
        )
    with path.open("rb") as file:
        return parsed(file.read(MOST_BYTES + 1))


def _asked(manifest: Manifest, digest: str, files: Path) -> Mapping[str, Any]:
    try:
        said = plugins.ask_once(manifest, digest, files, ASKED_FOR_S)
    except PluginFaulty as error:
        facts = {key: error.facts[key] for key in ("hook", "kind", "next")}
        raise PipelineFailed(
            f"It was asked in a box what it declares, and failed. {error.message}", field="uploadId", **facts
        ) from error
    if not said.get("blueprints"):
        raise NotAPipeline(
            "It offers no blueprint: a step of its notebook binds the name `recipe` to one.", field="uploadId"
        )
    return said
