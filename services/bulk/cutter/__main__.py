"""The child: reads a file in its own process, with little memory and little time, and writes its pieces one at a time.

    parent → {"path", "format", "into", "behind": number of pieces to leave out}
    child  → {"piece": path, "number", "first": row, "rows", "share"}      parent → {"next": true}
    child  → {"rows": all of them}  or  {"problem": sentence}

The cut depends on the file alone, so piece 7 is the same piece whenever it is made.
"""

import json
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from services.bulk.cutter import columns, lines
from services.bulk.cutter.limits import CPU_S, MEMORY_BYTES, NotCuttable
from services.kernel.child import own_output

_WAYS: dict[str, Callable[[Path], Iterator[tuple[bytes, int, float]]]] = {
    "csv": lines.pieces,
    "arrow": columns.arrow_pieces,
    "parquet": columns.parquet_pieces,
}
_TOO_MUCH = "Reading the file takes more memory than it may. Write smaller row groups or batches, or shorter texts."


def cut(told: dict[str, Any], say: Callable[[dict[str, Any]], None]) -> None:
    into, first = Path(told["into"]), 0
    for number, (content, rows, share) in enumerate(_WAYS[told["format"]](Path(told["path"]))):
        if number >= told["behind"]:
            path = into / f"piece-{number}"
            path.write_bytes(content)
            say({"piece": str(path), "number": number, "first": first, "rows": rows, "share": share})
            if not sys.stdin.readline():
                return
        first += rows
    say({"rows": first})


def main() -> None:
    pa.set_memory_pool(pa.system_memory_pool())
    with own_output() as say:
        told = json.loads(sys.stdin.readline())
        _bound()
        try:
            cut(told, say)
        except NotCuttable as problem:
            say({"problem": str(problem)})
        except (MemoryError, pa.ArrowMemoryError):
            say({"problem": _TOO_MUCH})


def _bound() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
