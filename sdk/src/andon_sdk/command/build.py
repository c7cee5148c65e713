"""A plugin's wheel, from its sources and nothing else."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

from andon_sdk.command import Refused
from andon_sdk.package.manifest import MANIFEST, SETTINGS

LEFT_OUT = shutil.ignore_patterns("build", "dist", "*.egg-info", "__pycache__", ".*", "venv")
_EPOCH = "315532800"
"""1980, the first year an archive knows: the same sources give the same bytes, whenever they are built."""


def build(project: Path) -> Path:
    """Writes the wheel into the project's folder `dist` and returns its path. Raises `Refused`."""
    return build_into(project / "dist", project)


def build_into(folder: Path, project: Path, local: str = "") -> Path:
    """Writes the wheel into this folder and returns its path; `local`, such as `+dev.3`, is put behind its version.
    Raises `Refused`."""
    if not (project / "pyproject.toml").is_file():
        raise Refused(f"{project.resolve()} has no pyproject.toml: name a plugin's folder; andon-sdk new makes one.")
    for manifest in sorted(project.glob(f"src/*/{MANIFEST}")):
        _write_settings(manifest, project)
    with TemporaryDirectory() as temporary:
        source, out = Path(temporary, "source"), Path(temporary, "out")
        shutil.copytree(project, source, ignore=LEFT_OUT)
        if local:
            _call(source / "pyproject.toml", local)
        command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(out), str(source)]
        here = ["--no-build-isolation"] if _builds_here() else []
        done = subprocess.run(  # noqa: S603 - our own arguments
            [*command, *here, "--disable-pip-version-check"],
            env=os.environ | {"SOURCE_DATE_EPOCH": _EPOCH},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Refused(f"The wheel cannot be built:\n{(done.stderr or done.stdout)[-2000:].strip()}")
        [wheel] = out.glob("*.whl")
        folder.mkdir(exist_ok=True)
        return Path(shutil.copy(wheel, folder))


def name_of(project: Path) -> str:
    """Of the distribution. Raises `Refused`."""
    try:
        return str(tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]["name"])
    except (OSError, ValueError, KeyError) as error:
        raise Refused(f"{project} has no pyproject.toml that names a project: name a plugin's folder.") from error


def _call(told: Path, local: str) -> None:
    text = told.read_text("utf-8")
    version = tomllib.loads(text).get("project", {}).get("version")
    if not isinstance(version, str):
        raise Refused(f'{told.name} must say the version itself: version = "0.1.0" under [project].')
    told.write_text(re.sub(rf'(?m)^(version\s*=\s*["\']{re.escape(version)})', rf"\1{local}", text, count=1), "utf-8")


def _write_settings(manifest: Path, project: Path) -> None:
    """`andon-settings.json` anew, from the model the manifest names."""
    try:
        model = tomllib.loads(manifest.read_text("utf-8")).get("settings")
    except ValueError as error:
        raise Refused(f"{manifest} is not TOML in UTF-8: {error}") from error
    if model is None:
        return
    done = subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", "andon_sdk.command.settings", str(model)],
        env=os.environ | {"PYTHONPATH": str(project.resolve() / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refused(f"{model}, which {MANIFEST} names, cannot be read:\n{done.stderr[-1000:].strip()}")
    manifest.with_name(SETTINGS).write_text(done.stdout.strip() + "\n", "utf-8")


def _builds_here() -> bool:
    """Whether setuptools is installed here, new enough; else pip fetches one."""
    try:
        return int(version("setuptools").split(".")[0]) >= 77
    except PackageNotFoundError:
        return False
