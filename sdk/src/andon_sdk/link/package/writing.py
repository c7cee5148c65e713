"""Writes the folder of a pipeline's package, and its wheel. The same content gives the same bytes."""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from importlib.metadata import version as installed_version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from andon_sdk.link.contracts import Analysis, Form, Graph, Severity, Step
from andon_sdk.link.environment import lock as _lock
from andon_sdk.link.generate import NotWritten, content, names_of, source
from andon_sdk.link.package import texts
from andon_sdk.link.package.asking import Asked, asked
from andon_sdk.link.package.recipe_module import module, packages, recipe_graph
from andon_sdk.link.package.refused import PackageRefused
from andon_sdk.link.packages import distribution
from andon_sdk.link.standing import Proof
from andon_sdk.plugin.contract import Contract

MOST_NOTEBOOK, MOST_FILES = 5_000_000, 2_000_000
"""Bytes of the notebook that comes along, and of what it read, which comes with the tests when it is that small."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){1,3}")
_TITLE = re.compile(r"[^\W_][\w .,'()&/+:-]{0,119}")
_FILE = re.compile(r"[A-Za-z0-9][\w.+-]{0,100}", re.ASCII)


def write(
    analysis: Analysis,
    into: Path,
    name: str,
    *,
    title: str | None = None,
    version: str | None = None,
    after: int = 0,
    contract: Contract | str | None = None,
    proof: Proof | None = None,
    lock: Mapping[str, Any] | None = None,
) -> Path:
    """Writes the folder `into`/`name`, and returns it.

    `version` is by default `1.<n>`: the one that the folder has where nothing else changes, else the next, above
    `after`. `contract` is what the recipe is to read, to be told early that it reads another. `proof` and `lock`, by
    default this environment's as far as it concerns the recipe, come into `link.json`. Raises PackageRefused.
    """
    _check(analysis, name, title, version)
    try:
        part, graph = recipe_graph(analysis.graph), analysis.graph
        recipe_text, pipeline_text, digest = module(part), source(graph), content(graph)
    except NotWritten as error:
        raise PackageRefused(str(error)) from error
    package = name.replace("-", "_")
    found = _asked(part, recipe_text, package)
    if isinstance(contract, Contract):
        contract = contract.key
    if contract is not None and found.contract not in {None, contract}:
        raise PackageRefused(f"The recipe reads the contract {found.contract!r}, and it is to read {contract!r}.")
    files = _files(analysis, proof)
    told = texts.Told(
        name=name,
        package=package,
        title=title or found.title,
        version=version or "1.1",
        notebook=_notebook_name(analysis),
        made_from="".join(each for each in analysis.notebook.path.name if each.isprintable() and each not in '"\\'),
        recipe=found if found.contract is not None or contract is None else replace(found, contract=contract),
        parameters=part.parameters,
        requires=("andon-sdk", *sorted({*_requires(part), "numpy", "torch"})),
        develops=("andon-sdk[link,testing]", *_requires(graph)),
        metrics=dict(proof.metrics) if proof else {},
        tolerance=dict(proof.tolerance) if proof else {},
        files=tuple(files),
    )
    more = {
        "content": digest,
        "graph": _graph(graph),
        "findings": [asdict(finding) for finding in analysis.findings],
        "environment": dict(_lock(told.requires).plain() if lock is None else lock),
        "proof": _proof(proof),
    }
    fixed = {f"src/{package}/recipe.py": recipe_text, f"src/{package}/pipeline.py": pipeline_text}
    beside = {f"src/{package}/{told.notebook}": _notebook(analysis)}
    beside |= {f"tests/data/{file}": path.read_bytes() for file, path in files.items()}

    def rendered(number: str) -> dict[str, bytes]:
        return beside | {k: v.encode() for k, v in (fixed | _written(replace(told, version=number), more)).items()}

    folder = into / name
    last = _last(folder, package)
    if version is None and last is not None and _held(folder) == rendered(last):
        return folder
    number = version or f"1.{max(after, _minor(last)) + 1}"
    _replace(folder, package, rendered(number))
    return folder


def wheel(folder: Path) -> Path:
    """Builds it into the folder's `dist` and returns it. Raises PackageRefused."""
    from andon_sdk.command import Refused  # noqa: PLC0415 - only who builds needs the command
    from andon_sdk.command.build import build  # noqa: PLC0415

    try:
        return build(folder)
    except Refused as error:
        raise PackageRefused(str(error)) from error


def _check(analysis: Analysis, name: str, title: str | None, version: str | None) -> None:
    if not analysis.sound:
        errors = [finding for finding in analysis.findings if finding.severity is Severity.ERROR]
        said = "\n".join(f"  cell {each.cell}, line {each.line}: {each.what} {each.fix}" for each in errors[:5])
        raise PackageRefused(f"No pipeline can be made of {analysis.notebook.path.name}:\n{said}")
    if not _NAME.fullmatch(name) or not 2 <= len(name) <= 50:
        raise PackageRefused(
            f"{name!r} cannot be a package's name: small letters, digits and single dashes, such as drill-wear."
        )
    if title is not None and not _TITLE.fullmatch(title):
        raise PackageRefused(
            f"{title!r} cannot be a title: at most 120 letters, digits, spaces and .,'()&/+:- on one line."
        )
    if version is not None and not _VERSION.fullmatch(version):
        raise PackageRefused(f"{version!r} cannot be a version: numbers with dots, such as 1.4.")


def _asked(part: Graph, recipe_text: str, package: str) -> Asked:
    """What the recipe is, asked of its module alone."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch, package)
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "recipe.py").write_text(recipe_text, "utf-8")
        return asked(Path(scratch), package, [texts.parameter(each) for each in part.parameters])


def _requires(part: Graph) -> tuple[str, ...]:
    """Distributions of what its code imports, sorted."""
    own = {"andon_sdk", *sys.stdlib_module_names}
    used = {distribution(each) for each in packages(part) if each not in own}
    code = [part.imports, *(step.source for step in part.steps)]
    if any("lightgbm_recipe" in names_of(each) for each in code):
        used.add("lightgbm")  # which grows the trees, and which the notebook need not import
    return tuple(sorted(used))


def _written(told: texts.Told, more: Mapping[str, Any]) -> dict[str, str]:
    source_folder, (major, minor, *_) = f"src/{told.package}", installed_version("andon-sdk").split(".")
    return {
        "pyproject.toml": texts.project(told),
        "README.md": texts.readme(told),
        f"{source_folder}/__init__.py": f'"""{told.title}. See the README."""\n',
        f"{source_folder}/andon-plugin.toml": texts.manifest(told, f">={major}.{minor},<{major}.{int(minor) + 1}"),
        f"{source_folder}/plugin.py": texts.plugin(told),
        f"{source_folder}/py.typed": "",
        f"{source_folder}/link.json": texts.link(told, more),
        "tests/test_conformance.py": texts.conformance(told),
        "tests/test_pipeline.py": texts.own_test(told),
    }


def _graph(graph: Graph) -> dict[str, Any]:
    return {
        "steps": [_step(step) for step in graph.steps],
        "metrics": _step(graph.metrics) if graph.metrics else None,
        "recipe": list(graph.recipe),
    }


def _step(step: Step) -> dict[str, Any]:
    return {key: value for key, value in asdict(step).items() if key != "source"}


def _proof(proof: Proof | None) -> dict[str, Any] | None:
    """What is the same whenever it is proven again."""
    if proof is None:
        return None
    return {
        "state": proof.state.value,
        "metrics": dict(proof.metrics),
        "tolerance": max(proof.tolerance.values(), default=0.0),
        "tolerances": dict(proof.tolerance),
        "against": proof.against,
        "network": proof.network,
        "snapshot": proof.snapshot,
        "files": dict(proof.files),
    }


def _notebook_name(analysis: Analysis) -> str:
    path = analysis.notebook.path
    if analysis.notebook.form is not Form.JUPYTER:
        return "notebook.py"
    return path.name if _FILE.fullmatch(path.name) else "notebook.ipynb"


def _notebook(analysis: Analysis) -> bytes:
    path = analysis.notebook.path
    if (size := path.stat().st_size) > MOST_NOTEBOOK:
        raise PackageRefused(
            f"{path.name} has {size:,} bytes; {MOST_NOTEBOOK:,} come along at most. Clear the outputs of its cells."
        )
    return path.read_bytes()


def _files(analysis: Analysis, proof: Proof | None) -> dict[str, Path]:
    """What the proof read, by its name beside the notebook, where it is small and still the same."""
    folder = analysis.notebook.path.resolve().parent
    if proof is None or not proof.files or not proof.metrics:
        return {}
    found = {name: (folder / name).resolve() for name in sorted(proof.files)}
    for name, path in found.items():
        if (
            not path.is_relative_to(folder)
            or not path.is_file()
            or sum(p.stat().st_size for p in found.values()) > MOST_FILES
        ):
            return {}
        if hashlib.sha256(path.read_bytes()).hexdigest() != proof.files[name]:
            raise PackageRefused(f"{name} is not the file any more that the proof was made from: prove it again.")
    return found


def _last(folder: Path, package: str) -> str | None:
    """The version that the folder holds. Raises PackageRefused for a folder of something else."""
    if not folder.exists():
        return None
    try:
        return str(json.loads((folder / "src" / package / "link.json").read_text("utf-8"))["version"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise PackageRefused(f"{folder} is there and no pipeline of Link: name another folder.") from error


def _minor(version: str | None) -> int:
    found = re.fullmatch(r"1\.(\d+)", version or "")
    return int(found[1]) if found else 0


def _held(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in _files_in(folder)}


def _files_in(folder: Path) -> Iterator[Path]:
    """What was written into it: neither wheels nor what tests leave behind."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        beside = parts[0] in {"dist", "build"} or any(p == "__pycache__" or p.endswith(".egg-info") for p in parts)
        if path.is_file() and not beside and not parts[0].startswith("."):
            yield path


def _replace(folder: Path, package: str, files: Mapping[str, bytes]) -> None:
    """Takes the place of what was written before; wheels stay."""
    for old in (folder / "src" / package, folder / "tests"):
        shutil.rmtree(old, ignore_errors=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
