"""From a proven notebook to a pipeline that a tenant has, and a run of it.

Needs the extras `client`, `link` and `package`.

with Client(url, key) as andon:
    deployed = deploy("wear.ipynb", andon, name="drill-wear", assets=["drill-01"], start=start, end=end)
    print(deployed.run.state, *deployed.links)
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Any

from andon_sdk.client import Client, ClientError, Refused, Unreachable, done
from andon_sdk.client.environment import PORTAL
from andon_sdk.client.typed.fragments import PipelineVersionFacts, RunFacts
from andon_sdk.client.typed.input_types import ParameterInput, RegisterPipelineInput, StartRunInput
from andon_sdk.client.waiting import Progress
from andon_sdk.link.contracts import Analysis
from andon_sdk.link.findings import analyse
from andon_sdk.link.package import PackageRefused, wheel, write
from andon_sdk.link.reading import NotebookRefused, read
from andon_sdk.link.standing import Mark, Proof, standing

FOLDER = Path(".link") / "packages"
"""Beside the notebook: what was deployed last, so that an unchanged notebook stays the version that it is."""
_PAGE = 100
_BUSY, _PAUSES_S = {"UNAVAILABLE", "PIPELINES_BUSY"}, (3.0, 10.0)
_ASK = {
    Mark.UNPROVEN: "It was not proven as it is saved now: `%link prove` in the notebook, or andon-sdk link prove.",
    Mark.PROVING: "It is being proven: wait until that has ended.",
}
_NEXT = {
    "FORBIDDEN": "Ask an admin of your tenant for the role engineer, or for a key with register_pipelines and ingest.",
    "PIPELINE_VERSION_TAKEN": "Leave the version out, and the next one is taken.",
}


class DeployRefused(Exception):
    """It was not deployed. The message says why and what to do; `code` is Andon's, where Andon refused."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Deployed:
    """What the tenant has now."""

    wheel: Path
    pipeline: PipelineVersionFacts
    blueprint: str
    """Key of the blueprint that it offers."""
    run: RunFacts | None
    """As it ended; None where none was asked for."""
    links: tuple[str, ...]
    """Pages of the portal: its pipeline, its run."""


def deploy(
    notebook: Path | str,
    andon: Client,
    *,
    name: str,
    title: str | None = None,
    version: str | None = None,
    lock: Mapping[str, Any] | None = None,
    assets: Sequence[str] = (),
    start: datetime | None = None,
    end: datetime | None = None,
    parameters: Mapping[str, float] | None = None,
    told: Callable[[str], None] = lambda sentence: None,
    progress: Progress | None = None,
) -> Deployed:
    """Builds the wheel, registers it, and where `assets` are named trains them on their rows from `start` to `end`.

    `assets` are keys. The same notebook again is the same version. `told` hears what is done, `progress` of the run.
    Raises DeployRefused for a notebook that is unsound or unproven, and where Andon refuses or is away; what was
    registered before a run is refused stays.
    """
    if assets and (start is None or end is None):
        raise DeployRefused("A run needs the range of its rows: give start and end.")
    analysis, proof = _proven(Path(notebook))
    try:
        ids = _ids(andon, assets)
        built = _built(analysis, proof, andon, name, title, version, lock)
        told(f"{built.name} is built")
        pipeline = _registered(andon, built)
        told(f"{name} {pipeline.version} is registered")
        run = None
        if assets and start is not None and end is not None:
            numbers = [ParameterInput(key=key, value=value) for key, value in (parameters or {}).items()]
            asked = StartRunInput(
                blueprint=pipeline.blueprints[0], assetIds=ids, start=start, end=end, parameters=numbers
            )
            run = done(andon.api.start_run(asked))
            assert isinstance(run, RunFacts)
            told(f"{run.asset_count} assets are trained")
            run = andon.wait(run.id, progress=progress)
    except PackageRefused as error:
        raise DeployRefused(str(error)) from error
    except Refused as error:
        raise DeployRefused(" ".join(filter(None, [error.message, _NEXT.get(error.code)])), error.code) from error
    except Unreachable as error:
        raise DeployRefused(
            f"Andon does not answer at {andon.url}: {error}. Is the address right, and is it up?"
        ) from error
    except ClientError as error:
        raise DeployRefused(f"{error} Look at the key that you use.") from error
    portal = os.environ.get(PORTAL) or andon.url
    pages = [f"pipelines/{pipeline.pipeline.id}", *([f"runs/{run.id}"] if run else [])]
    return Deployed(built, pipeline, pipeline.blueprints[0], run, tuple(f"{portal}/{page}" for page in pages))


def _proven(notebook: Path) -> tuple[Analysis, Proof]:
    """Raises DeployRefused unless it is sound and proven as it is saved."""
    try:
        analysis = analyse(read(notebook))
    except NotebookRefused as error:
        raise DeployRefused(str(error)) from error
    wrong = [finding for finding in analysis.findings if finding.severity == "error"]
    if wrong:
        said = "\n".join(f"  cell {each.cell}, line {each.line}: {each.what} {each.fix}" for each in wrong)
        raise DeployRefused(f"{notebook.name} cannot be deployed:\n{said}")
    proof = standing(analysis)
    if proof.state is not Mark.PROVEN:
        differences = "\n".join(f"  {each}" for each in proof.differences)
        said = _ASK.get(proof.state) or f"Its proof found otherwise: {proof.failure}\n{differences}".rstrip()
        raise DeployRefused(f"{notebook.name} is not proven. {said}")
    return analysis, proof


def _built(
    analysis: Analysis,
    proof: Proof,
    andon: Client,
    name: str,
    title: str | None,
    version: str | None,
    lock: Mapping[str, Any] | None,
) -> Path:
    into = analysis.notebook.path.resolve().parent / FOLDER
    last = max((_minor(each) for each in _versions(andon, name)), default=0)
    return wheel(write(analysis, into, name, title=title, version=version, after=last, proof=proof, lock=lock))


def _versions(andon: Client, name: str) -> Iterator[str]:
    """Of the tenant's pipeline of this name."""
    after = None
    while True:
        page = andon.api.pipelines(first=_PAGE, after=after)
        for edge in page.edges:
            if edge.node.name == name:
                yield from (each.version for each in edge.node.versions)
        if not page.page_info.has_next_page:
            return
        after = page.page_info.end_cursor


def _minor(version: str) -> int:
    first, _, rest = version.partition(".")
    return int(rest) if first == "1" and rest.isdecimal() else 0


def _registered(andon: Client, built: Path) -> PipelineVersionFacts:
    """The same wheel again is the same version, so that what was cut off is asked again."""
    for pause in (*_PAUSES_S, None):
        try:
            asked = RegisterPipelineInput(uploadId=andon.upload(built), fileName=built.name)
            found = done(andon.api.register_pipeline(asked))
        except Refused as error:
            if pause is None or error.code not in _BUSY:
                raise
            sleep(pause)
        else:
            assert isinstance(found, PipelineVersionFacts)
            return found
    raise AssertionError("the last try returns or raises")


def _ids(andon: Client, keys: Sequence[str]) -> list[str]:
    """Raises DeployRefused for assets that the tenant does not have."""
    found = {asset.key: asset.id for asset in andon.api.assets_by_keys(list(keys))} if keys else {}
    if missing := [key for key in keys if key not in found]:
        raise DeployRefused(f"There is no asset {', '.join(missing)}. Nothing was registered.")
    return [found[key] for key in keys]
