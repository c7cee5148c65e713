"""Notebooks to begin with: each runs as it is, on simulated machines, and ends in a recipe that can be deployed."""

from importlib.resources import files
from pathlib import Path

NAMES = ("battery_life", "drill_wear", "robot_arm_gears", "solar_forecast")


def text(name: str) -> str:
    """The notebook's file. Raises KeyError for none of `NAMES`."""
    if name not in NAMES:
        raise KeyError(f"There is no notebook {name!r} in the gallery; there are {', '.join(NAMES)}.")
    return (files("andon_sdk.link.gallery") / f"{name}.ipynb").read_text("utf-8")


def put(folder: Path, *names: str) -> list[Path]:
    """Writes notebooks (all, unless some are named) into a folder, and says which: a file that is there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    for name in names or NAMES:
        content, path = text(name), folder / f"{name}.ipynb"
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(content)
        except FileExistsError:
            continue
        made.append(path)
    return made
