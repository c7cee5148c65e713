"""What the engineer's guide and the pages beside it say of notebooks is so."""

import ast
import json
import re
from pathlib import Path

import pytest

from andon_sdk.command import main
from andon_sdk.link import data, gallery
from andon_sdk.link.canvas import converting, parameters
from andon_sdk.link.data import tenant

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs/how-to/engineer.md").read_text("utf-8")
DATA = (ROOT / "docs/reference/link-data.md").read_text("utf-8")
IMPORT = (ROOT / "docs/reference/link-import.md").read_text("utf-8")
TUTORIAL = (ROOT / "docs/tutorial/notebook.md").read_text("utf-8")


def numbers(name: str) -> dict[str, float]:
    """Metrics that the notebook keeps."""
    [shown] = [output for cell in json.loads(gallery.text(name))["cells"] for output in cell.get("outputs", [])]
    return ast.literal_eval("".join(shown["data"]["text/plain"]))


def test_the_guides_block_runs(tmp_path, capsys):
    [block] = re.findall(r"```python\n(from andon_sdk\.link import gallery\n.*?)```", GUIDE, re.DOTALL)
    exec(compile(block, "engineer.md", "exec"), {"folder": tmp_path})
    lines = capsys.readouterr().out.splitlines()
    assert "drill_wear.ipynb ['rows', 'cut', 'recipe', 'judge', 'warnings'] 0 findings" in lines
    assert len(lines) == len(gallery.NAMES)


def test_the_gallery_is_told_with_the_numbers_that_it_keeps():
    table = GUIDE.partition("| notebook of the gallery |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]* \| ([^|]*) \|$", table, re.MULTILINE))
    assert set(rows) == set(gallery.NAMES)
    drills, arms, solar, cells = (
        numbers(name) for name in ("drill_wear", "robot_arm_gears", "solar_forecast", "battery_life")
    )
    assert rows["drill_wear"] == (
        f"{drills['shortest_warning_days']:.0f} days of warning before both stops, "
        f"{drills['false_alarm_share']:.1%} false alarms"
    )
    assert rows["robot_arm_gears"] == (
        f"both worn joints named, {arms['shortest_warning_days']:.0f} days before they stop the arm"
    )
    assert arms["joints_named"] == arms["stopped_arms"] == drills["stopped_drills"] == 2
    skill = f"{solar['skill_against_yesterday']:.2f}", f"{solar['skill_against_the_hour_before']:.2f}"
    assert rows["solar_forecast"] == f"skill {skill[0][1:]} against yesterday, {skill[1][1:]} against the hour before"
    assert rows["battery_life"] == f"lives told to {cells['error_share']:.0%} on cells that were held out"


@pytest.mark.parametrize("page", [GUIDE, IMPORT, TUTORIAL], ids=["guide", "import", "tutorial"])
def test_every_word_of_the_command_is_there(page, capsys):
    words = set(re.findall(r"andon-sdk link (\w+)", page))
    assert words
    for word in words:
        with pytest.raises(SystemExit) as ended:
            main(["link", word, "--help"])
        assert ended.value.code == 0
        for option in re.findall(rf"andon-sdk link {word}[^`\n]*", page):
            said = capsys.readouterr().out or said  # noqa: F821 - of this word
            assert set(re.findall(r"--\w+", option)) <= set(re.findall(r"--\w+", said))


def test_every_function_and_error_of_data_is_told():
    told = set(re.findall(r"`(?:data\.)?(\w+)(?:\(|`)", DATA))
    public = {name for name in data.__all__ if name not in {"Simulated"}}
    assert public <= told
    assert f"{tenant.MOST_VALUES // 10**6} million values" in DATA


def test_every_kind_of_parameter_that_is_carried_over_is_told():
    line = next(line for line in IMPORT.splitlines() if line.startswith("| pipeline parameter"))
    assert set(re.findall(r"`(\w+)`", line.split("|")[1])) == set(parameters._NAMES.values())
    assert converting.DISPLAY in IMPORT
