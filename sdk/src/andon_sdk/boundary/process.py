"""A plugin's own process: `python -I -m andon_sdk.boundary.process <settings as JSON>`. Answers questions of its host.

The host starts it in a box (`services.plugins.box`) and speaks first. A question is a frame whose JSON has `do`:

    declare                              all hooks, as `andon_sdk.boundary.wire` tells declarations
    events  key origin seed start end    what happened at a demo plant
    rows    key origin seed start end every_s    its readings, as Arrow

The answer is a frame, with `fault` (`kind`, `hook`, `message`) where the plugin is to blame. A plugin sees nothing of
this: it is loaded and asked as in any other process.
"""

import errno
import json
import os
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache, partial
from importlib.metadata import distribution
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from andon_sdk.boundary.frames import BadFrame, Frame, packed, unpacked
from andon_sdk.boundary.wire import NotADeclaration, told
from andon_sdk.plugin.demo import DemoPlant, DemoRows, Simulation
from andon_sdk.plugin.hooks import ENTRY_POINTS
from andon_sdk.plugin.loading import Loaded, PluginError, ask, load

if TYPE_CHECKING:
    import pyarrow as pa

_NO_SPACE = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


class PluginProcess:
    """One plugin, and what the host may ask of it."""

    def __init__(self, plugin: list[Loaded], hooks: Sequence[str]) -> None:
        self._plugin, self._hooks = plugin, hooks
        self._simulation = cache(self._simulated)

    def declare(self, _: Mapping[str, Any]) -> Frame:
        """Raises `PluginError` for a hook that raised, `NotADeclaration` for one that declares something else."""
        hooks = {hook: [told(hook, each) for part in self._plugin for each in ask(part, hook)] for hook in self._hooks}
        return Frame({"hooks": hooks})

    def events(self, asked: Mapping[str, Any]) -> Frame:
        """What the simulation of a demo plant knows of a stretch of time."""
        found = self._life(asked).events(_time(asked["start"]), _time(asked["end"]))
        return Frame({"events": [asdict(each) | {"time": each.time.isoformat()} for each in found]})

    def rows(self, asked: Mapping[str, Any]) -> Frame:
        """Readings of a demo plant in a stretch of time: `asset`, `time` and `values`, as in `DemoRows`."""
        return Frame({}, batch_of(self._life(asked).rows(_time(asked["start"]), _time(asked["end"]), asked["every_s"])))

    def _life(self, asked: Mapping[str, Any]) -> Simulation:
        return self._simulation(asked["key"], asked["origin"], asked["seed"])

    def _simulated(self, key: str, origin: str, seed: int) -> Simulation:
        plants: list[DemoPlant] = [each for part in self._plugin for each in ask(part, "demo_plants")]
        return next(each for each in plants if each.key == key).simulate(_time(origin), seed)


def batch_of(rows: DemoRows) -> "pa.RecordBatch":
    """`asset`, `time`, and `values` as lists of one length, without copying them."""
    import pyarrow as pa  # noqa: PLC0415  declarations need no rows

    values = pa.FixedSizeListArray.from_arrays(pa.array(rows.values.reshape(-1)), rows.values.shape[1])
    return pa.RecordBatch.from_arrays([pa.array(rows.asset), pa.array(rows.time), values], ["asset", "time", "values"])


def _time(said: str) -> datetime:
    return datetime.fromisoformat(said)


def answer(process: "PluginProcess | PluginError", asked: Mapping[str, Any]) -> Frame:
    """What the plugin says, or what is wrong with it. Whatever a plugin raises is told, so that its host can go on."""
    if isinstance(process, PluginError):
        return _fault(process, process.hook)
    ways: dict[str, tuple[Callable[[Mapping[str, Any]], Frame], str]] = {
        "declare": (process.declare, ""),
        "events": (process.events, "demo_plants"),
        "rows": (process.rows, "demo_plants"),
    }
    way, hook = ways[asked["do"]]
    try:
        return way(asked)
    except PluginError as error:
        return _fault(error, error.hook)
    except (BadFrame, NotADeclaration) as error:
        return _fault(error, hook or None, "wrong_answer")
    except Exception as error:  # noqa: BLE001  it is the plugin's, and is told to the host
        return _fault(error, hook or None)


def _fault(error: Exception, hook: str | None, kind: str = "raised") -> Frame:
    cause = error.__cause__ or error
    if isinstance(cause, MemoryError):
        kind = "memory"
    elif isinstance(cause, OSError) and cause.errno in _NO_SPACE:
        kind = "disk"
    message = str(error) or type(error).__name__
    return Frame({"fault": {"kind": kind, "hook": hook, "message": message[:2000]}})


def bound(memory_bytes: int, cpu_s: int, file_bytes: int) -> None:
    """Takes from this process, and all that it will start, more memory, processor time and file size than these."""
    for what, most in (
        (resource.RLIMIT_DATA, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 256),
    ):
        resource.setrlimit(what, (most, most + 1 if what == resource.RLIMIT_CPU else most))  # told first, killed then


def _exactly(pipe: BinaryIO, count: int) -> bytearray:
    """Raises `EOFError` when the host is gone."""
    data = bytearray(count)
    place, view = 0, memoryview(data)
    while place < count:
        got = cast(Any, pipe).readinto(view[place:])
        if not got:
            raise EOFError
        place += got
    return data


def main() -> None:
    settings = json.loads(sys.argv[1])
    bound(**settings["bounds"])
    sys.path[:0] = [*settings["paths"], *settings["ahead"]]
    sys.path += settings["behind"]
    asks, answers = (os.fdopen(settings[name], mode, 0) for name, mode in (("asks", "rb"), ("answers", "wb")))
    found = distribution(settings["plugin"])
    entry_points = [each for each in found.entry_points if each.group == ENTRY_POINTS]
    try:
        process: PluginProcess | PluginError = PluginProcess(
            load([(found, each) for each in entry_points]), settings["hooks"]
        )
    except PluginError as error:
        process = error
    while True:
        try:
            asked = unpacked(partial(_exactly, cast(BinaryIO, asks)))
        except EOFError:
            os._exit(0)  # nothing that the plugin left behind is waited for
        for part in packed(answer(process, asked.said)):
            written = memoryview(part)
            while written:
                written = written[answers.write(written) :]


if __name__ == "__main__":
    main()
