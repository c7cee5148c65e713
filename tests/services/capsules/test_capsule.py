"""The file of a capsule: what changed is named, and what is hostile is refused."""

import io
import json
import random
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scored_plant import RECIPES, ScoredPlant
from typer.testing import CliRunner

from infra.cli import app
from services.blueprints.contracts import OfferedBlueprint, PluginInfo
from services.capsules.gathering import gather
from services.fleet.capsule import ANSWERS, MANIFEST, ROWS, Capsule, CapsuleMalformed
from services.kernel import wire
from services.serving.cluster import again

OFFERED = {key: OfferedBlueprint(PluginInfo("p", "1", "d"), recipe, {}) for key, recipe in RECIPES.items()}


@pytest.fixture(scope="session")
def capsule(plant: ScoredPlant) -> Capsule:
    """Of a champion's score late in its run, with two shadows beside it, all of which could answer."""
    for score in reversed(plant.scores):
        if score[3] == wire.ROLE_CHAMPION:
            found = gather(plant.bucket, plant.wanted(*score))
            if len(found.manifest["models"]) == 3 and None not in found.table(ANSWERS)["value"].to_pylist()[-3:]:
                return found
    raise AssertionError("no row had three answers")


def changed(capsule: Capsule, **manifest: Any) -> Capsule:
    return replace(capsule, manifest={**capsule.manifest, **manifest})


def test_an_unchanged_capsule_is_equal_and_nothing_differs(capsule: Capsule) -> None:
    told = again.said(Capsule.decode(capsule.encode()), OFFERED)
    assert (told["equal"], told["remark"], told["differences"]) == (True, None, [])
    assert Capsule.decode(capsule.encode()).encode() == capsule.encode()


def test_a_model_changed_by_one_bit_is_named(capsule: Capsule) -> None:
    champion = next(model for model in capsule.manifest["models"] if model["role"] == wire.ROLE_CHAMPION)
    name = f"models/{champion['version']}/models.safetensors"
    data = bytearray(capsule.files[name])
    data[len(data) // 2] ^= 1
    told = again.said(replace(capsule, files={**capsule.files, name: bytes(data)}), OFFERED)
    pack = champion["digest"][:12]
    assert told["remark"] == f"models.safetensors of version {champion['number']} is not what its pack {pack} holds"


def test_an_environment_changed_by_one_package_is_named(capsule: Capsule) -> None:
    models = [{**model, "environment": {"torch": "2.0.1"}}
              for model in capsule.manifest["models"]]  # fmt: skip
    told = again.said(changed(capsule, models=models), OFFERED)
    assert (told["equal"], told["remark"]) == (True, f"torch 2.0.1, here {again.version('torch')}")


def test_files_of_another_plugin_and_another_processor_are_named(capsule: Capsule) -> None:
    others = {key: replace(one, plugin=PluginInfo("p", "1", "e")) for key, one in OFFERED.items()}
    told = again.said(changed(capsule, processor={"kind": "Another"}), others)
    here = again.processor()["kind"]
    assert told["remark"] == f"files of p d, here e; processor's kind Another, here {here}"


def test_another_recipe_is_another_score(capsule: Capsule) -> None:
    dense = OFFERED["dense"].blueprint

    def doubled(output: Any, x: Any, present: Any) -> Any:
        return 2 * dense.score(output, x, present)

    other = {**OFFERED, "dense": replace(OFFERED["dense"], blueprint=replace(dense, score=doubled))}
    told = again.said(capsule, other)
    assert not told["equal"]
    of_dense = {model["version"] for model in capsule.manifest["models"] if model["blueprint"] == "dense"}
    assert {one["version"] for one in told["differences"]} == of_dense
    assert "raw" in {one["column"] for one in told["differences"]}


def test_a_blueprint_that_is_not_here_is_told(capsule: Capsule) -> None:
    told = again.said(capsule, {})
    assert not told["equal"]
    assert "No plugin installed here offers the blueprint" in told["remark"]


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is no capsule"),
        (b"PK\x03\x04 no zip at all", "is no capsule"),
        (packed({MANIFEST: b"{}"}), "is no capsule"),
        (packed({MANIFEST: b"[" * 100_000}), "is no capsule"),
        (packed({MANIFEST: b'{"format": "andon-capsule/9", "files": {}}'}), "format is 'andon-capsule/9'"),
        (packed({MANIFEST: b"0" * 100_000}, zipfile.ZIP_DEFLATED), "is compressed"),
        (packed({f"{n}": b"" for n in range(65)}), "too many files"),
        (packed({MANIFEST: b'{"format": "andon-capsule/1", "files": {}}', "../../etc/passwd": b""}), "are not those"),
    ],
)
def test_what_is_no_capsule_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(CapsuleMalformed, match=reason):
        Capsule.decode(data)


def test_changed_rows_and_answers_are_refused(capsule: Capsule) -> None:
    for name in (ROWS, ANSWERS):
        data = bytearray(capsule.files[name])
        data[-40] ^= 1
        with pytest.raises(CapsuleMalformed, match=f"{name} was changed"):
            Capsule.decode(replace(capsule, files={**capsule.files, name: bytes(data)}).encode())


def test_a_damaged_file_never_does_more_than_raise(capsule: Capsule) -> None:
    whole, draw = capsule.encode(), random.Random(3)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(4):
            data[draw.randrange(len(data))] = draw.randrange(256)
        try:
            again.said(
                Capsule.decode(bytes(data[: draw.randrange(len(data))] if draw.random() < 0.3 else data)), OFFERED
            )
        except CapsuleMalformed:
            continue


@pytest.mark.parametrize(
    "spoilt",
    [
        {"models": 3},
        {"models": [{}]},
        {"models": [{"role": 0, "version": "x", "blueprint": "dense", "index": 0, "digest": "d"}]},
        {"score": None},
    ],
)
def test_a_manifest_that_lies_is_refused(capsule: Capsule, spoilt: dict[str, Any]) -> None:
    data = packed({**capsule.files, MANIFEST: json.dumps({**capsule.manifest, **spoilt}).encode()})
    with pytest.raises(CapsuleMalformed, match="manifest is damaged"):
        again.score_again(Capsule.decode(data), RECIPES.get)


def plugin(folder: Path, name: str, change: str) -> Path:
    """A project that offers the families of the tests, after a change of them."""
    (folder / "src").mkdir(parents=True)
    project = f'[project]\nname = "{name}"\n[project.entry-points."andon.plugins.v1"]\n{name} = "{name}"\n'
    (folder / "pyproject.toml").write_text(project)
    code = f"""
from dataclasses import replace

from andon_sdk.plugin import hook
from families import ESTIMATORS, FAMILIES

RECIPES = [*FAMILIES.values(), *ESTIMATORS.values()]
{change}


@hook
def blueprints():
    return RECIPES
"""
    (folder / "src" / f"{name}.py").write_text(code)
    return folder


def test_it_is_opened_on_an_engineers_machine_also_with_changed_code(capsule: Capsule, tmp_path: Path) -> None:
    file = tmp_path / "capsule.zip"
    file.write_bytes(capsule.encode())
    louder = "RECIPES = [replace(one, score=lambda *given, of=one.score: 2 * of(*given)) for one in RECIPES]"
    ways = {"as_it_was": "", "louder": louder}
    told: dict[str, Any] = {}
    for name, change in ways.items():
        with_code = ["--with", str(plugin(tmp_path / name, f"capsule_{name}", change))]
        found = CliRunner().invoke(app, ["capsule", "open", str(file), *with_code, "--json"])
        told[name] = (found.exit_code, json.loads(found.stdout))
    code, same = told["as_it_was"]
    assert (code, same["equal"], same["differs"]) == (0, True, [])
    assert [version["shadow"] for version in same["versions"]] == [False, True, True]
    assert {column["column"] for column in same["versions"][0]["columns"]} >= {"value", "threshold", "route", "top"}
    code, other = told["louder"]
    assert (code, other["equal"]) == (1, False)
    for version in other["versions"]:
        by_name = {column["column"]: column for column in version["columns"]}
        assert not by_name["raw"]["equal"]
        assert by_name["route"]["equal"]
    shown = CliRunner().invoke(app, ["capsule", "open", str(file), "--with", str(tmp_path / "as_it_was")])
    assert "Every bit is the same." in shown.stdout
