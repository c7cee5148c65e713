"""What stands in the files of a pipeline's package, but for its version."""

import hashlib
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version as installed_version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from andon_sdk.link.contracts import Analysis, Form, Graph, Step
from andon_sdk.link.environment import lock as lock_of
from andon_sdk.link.generate import NotWritten, content, names_of, source
from andon_sdk.link.package import texts
from andon_sdk.link.package.asking import Asked, asked
from andon_sdk.link.package.recipe_module import module, packages, recipe_graph
from andon_sdk.link.package.refused import PackageRefused
from andon_sdk.link.packages import distribution
from andon_sdk.link.standing import Proof

MOST_NOTEBOOK, MOST_FILES = 5_000_000, 2_000_000
"""Bytes of the notebook that comes along, and of what it read, which comes with the tests when it is that small."""
_FILE = re.compile(r"[A-Za-z0-9][\w.+-]{0,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Contents:
    """A package that waits for its version."""

    told: texts.Told
    link: Mapping[str, Any]
    """What `link.json` says beside what `told` does."""
    files: Mapping[str, bytes]
    """Those in which no version stands, by their path in the folder."""

    @classmethod
    def of(
        cls,
        analysis: Analysis,
        name: str,
        title: str | None,
        contract: str | None,
        proof: Proof | None,
        lock: Mapping[str, Any] | None,
    ) -> "Contents":
        """Asks the recipe what it is. Raises PackageRefused."""
        graph, package = analysis.graph, name.replace("-", "_")
        try:
            part = recipe_graph(graph)
            code, pipeline, digest = module(part), source(graph), content(graph)
        except NotWritten as error:
            raise PackageRefused(str(error)) from error
        read, notebook = _files(analysis, proof), _notebook(analysis)
        found = _reading(_asked(part, code, package), contract)
        told = _told(analysis, part, found, name, title or found.title, proof, tuple(read))
        link = {
            "content": digest,
            "graph": _graph(graph),
            "findings": [asdict(finding) for finding in analysis.findings],
            "environment": dict(lock_of(told.requires).plain() if lock is None else lock),
            "proof": _proof(proof),
        }
        files = {
            f"src/{package}/recipe.py": code.encode(),
            f"src/{package}/pipeline.py": pipeline.encode(),
            f"src/{package}/{told.notebook}": notebook,
            **{f"tests/data/{file}": path.read_bytes() for file, path in read.items()},
        }
        return cls(told, link, files)

    def rendered(self, version: str) -> dict[str, bytes]:
        """All files under that version, by their path in the folder."""
        told = replace(self.told, version=version)
        return {**self.files, **{path: text.encode() for path, text in _written(told, self.link).items()}}


def _told(
    analysis: Analysis, part: Graph, found: Asked, name: str, title: str, proof: Proof | None, files: tuple[str, ...]
) -> texts.Told:
    own_name = analysis.notebook.path.name
    return texts.Told(
        name=name,
        package=name.replace("-", "_"),
        title=title,
        version="",
        notebook=_notebook_name(analysis),
        made_from="".join(each for each in own_name if each.isprintable() and each not in '"\\'),
        recipe=found,
        parameters=part.parameters,
        requires=("andon-sdk", *sorted({*_requires(part), "numpy", "torch"})),
        develops=("andon-sdk[link,testing]", *_requires(analysis.graph)),
        metrics=dict(proof.metrics) if proof else {},
        tolerance=dict(proof.tolerance) if proof else {},
        files=files,
    )


def _reading(found: Asked, contract: str | None) -> Asked:
    """The recipe, which is to read this contract. Raises PackageRefused where it reads another."""
    if contract is None or found.contract == contract:
        return found
    if found.contract is not None:
        raise PackageRefused(f"The recipe reads the contract {found.contract!r}, and it is to read {contract!r}.")
    return replace(found, contract=contract)


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
