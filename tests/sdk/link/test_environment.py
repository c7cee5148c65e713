"""A lock names all that numbers depend on, and is read back from what is kept of it."""

import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from andon_sdk.link.environment import Lock, lock, requirements_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`top` asks for `Mid_Way[fast]`, that for `deep`, and in `fast` for `quick`, in `docs` for `top`."""
    asked = {
        "top": ("Mid_Way[fast] >=1 ; python_version > '3'",),
        "mid-way": ("deep", "missing-one; sys_platform == 'win32'", "quick; extra == 'fast'", "top; extra == 'docs'"),
        "deep": ("top",),
        "quick": (),
    }
    for name, requirements in asked.items():
        info = tmp_path / f"{name.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.2"]
        (info / "METADATA").write_text("\n".join([*lines, *(f"Requires-Dist: {each}" for each in requirements), ""]))
    return tmp_path


def test_what_is_required_by_what_is_required_is_named(folder: Path):
    found = lock(["TOP==1.*"], path=[str(folder)])
    assert found.packages == {"deep": "1.2", "mid-way": "1.2", "quick": "1.2", "top": "1.2"}
    assert found.asked == ("top",)
    assert found.python == platform.python_version()
    assert found.processor == {"machine": platform.machine()}
    assert requirements_of("mid-way", [str(folder)]) == ("deep", "missing-one; sys_platform == 'win32'")
    assert requirements_of("nobody", [str(folder)]) == ()


def test_where_torch_is_the_processor_is_told():
    import torch

    found = lock(["torch"], plugin="andon-any-machine", beside=["safetensors"])
    assert found.packages["torch"] == version("torch")
    assert found.packages["safetensors"] == version("safetensors")
    assert found.packages["andon-any-machine"] == version("andon-any-machine")
    assert found.processor["capability"] == torch.backends.cpu.get_cpu_capability()
    assert {"machine", "capability", "threads", "mkl", "onednn"} == set(found.processor)
    assert set(found.files) == {"andon-sdk", "andon-any-machine"}
    assert all(len(digest) == 64 for digest in found.files.values())
    assert found.asked == ("torch",)


def test_what_is_kept_is_read_back():
    found = Lock("3.11.7", {"torch": "2.1"}, {"andon-sdk": "ab"}, {"machine": "x86_64"}, ("torch",))
    assert found.plain() == {
        "python": "3.11.7",
        "torch": "2.1",
        "files:andon-sdk": "ab",
        "processor:machine": "x86_64",
        "asked": "torch",
    }
    assert Lock.of(found.plain()) == found
    assert found.is_whole


def test_an_older_table_is_read():
    found = Lock.of({"python": "3.11.7", "torch": "2.1"})
    assert (found.python, found.packages, found.files, found.asked) == ("3.11.7", {"torch": "2.1"}, {}, ())
    assert not found.is_whole


def test_what_clusters_have_is_read_from_what_the_api_tells():
    told = {
        "python": "3.11.7",
        "packages": [{"name": "torch", "version": "2.1"}, {"name": "humps", "version": "2.0"}],
        "hardware": [{"key": "machine", "value": "x86_64"}],
        "own": [{"plugin": "andon-pump", "packages": [{"name": "humps", "version": "1.0"}]}],
    }
    served = Lock("3.11.7", {"torch": "2.1", "humps": "2.0"}, processor={"machine": "x86_64"})
    assert Lock.of_clusters(told) == served
    assert Lock.of_clusters(told, "andon-pump").packages == {"torch": "2.1", "humps": "1.0"}


def test_it_needs_nothing_but_the_base():
    code = "import sys, andon_sdk.link.differences; print(sorted(sys.modules.keys() & {'torch', 'numpy', 'pydantic'}))"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout == "[]\n"
