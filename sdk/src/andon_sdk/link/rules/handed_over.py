"""What cannot go from one step to another: it lives in one process, or is used up by being read."""

import ast
from collections.abc import Iterator

from andon_sdk.link.contracts import Finding
from andon_sdk.link.graph import Taken
from andon_sdk.link.names import Binding
from andon_sdk.link.seen import Seen, error, said

RULE = error("not-handed-over", "Steps run in processes of their own and are given values, by their type.")
IMPORT = error("import-in-step", "A module cannot be handed from one step to another.")

_USED = "Make it in the step that uses it."
_OPENED = "Open it in the step that uses it, and give what was read."
_AS_LIST = "Give a list or a frame, and go through it where it is used."
_KINDS = (
    ("an iterator", _AS_LIST, "iter map filter zip enumerate reversed csv.reader csv.DictReader os.scandir os.walk"),
    ("an open file", _OPENED, "open io.open gzip.open bz2.open lzma.open zipfile.ZipFile h5py.File"),
    (
        "a lock",
        _USED,
        "threading.Lock threading.RLock threading.Event threading.Condition threading.Semaphore multiprocessing.Lock",
    ),
    (
        "a thread or a process",
        _USED,
        "threading.Thread threading.Timer multiprocessing.Process subprocess.Popen multiprocessing.Pool "
        "concurrent.futures.ThreadPoolExecutor concurrent.futures.ProcessPoolExecutor",
    ),
    ("a queue", _AS_LIST, "queue.Queue multiprocessing.Queue"),
    (
        "a database connection",
        _OPENED,
        "sqlite3.connect psycopg.connect psycopg2.connect duckdb.connect pyodbc.connect pymysql.connect "
        "sqlalchemy.create_engine pymongo.MongoClient redis.Redis",
    ),
    (
        "a network connection",
        _OPENED,
        "requests.Session httpx.Client socket.socket urllib.request.urlopen paho.mqtt.client.Client",
    ),
    ("a progress bar", _USED, "tqdm.tqdm tqdm.auto.tqdm tqdm.notebook.tqdm"),
    (
        "a DataLoader",
        "Give the arrays, and make the DataLoader where it is used.",
        "torch.utils.data.DataLoader",
    ),
)
_BY_CALL = {name: (kind, fix) for kind, fix, names in _KINDS for name in names.split()}


def handed_over(seen: Seen) -> Iterator[Finding]:
    told: set[tuple[int, int, str]] = set()
    for taken in seen.links.taken:
        found = _binding(taken)
        if found is None:
            continue
        cell, binding = found
        once = (cell, binding.line, "" if binding.kind == "import" else taken.name)
        if once in told:
            continue
        told.add(once)
        if binding.kind == "import":
            what = f"`{taken.name}` is imported in {said(taken.giver)} and used in {said(taken.taker)}."
            yield IMPORT.at(cell, binding.line, what, "Move the import to a cell tagged imports.")
        elif kind := _kind(binding.value, seen):
            what = f"`{taken.name}` is {kind[0]}, which {said(taken.giver)} gives to {said(taken.taker)}."
            yield RULE.at(cell, binding.line, what, kind[1])


def _binding(taken: Taken) -> tuple[int, Binding] | None:
    """The last of the step that gives it."""
    found = None
    for text in taken.giver.texts:
        for event in text.events:
            if isinstance(event, Binding) and event.name == taken.name:
                found = text.cell.number, event
    return found


def _kind(value: ast.expr | None, seen: Seen) -> tuple[str, str] | None:
    """What it is, and what to do; None where it can be handed over, or nobody knows."""
    if isinstance(value, ast.GeneratorExp):
        return "a generator", _AS_LIST
    if isinstance(value, ast.Lambda):
        return "a lambda", "Write it as a function with def: those are handed over by their source."
    if isinstance(value, ast.List | ast.Tuple | ast.Set | ast.Dict):
        parts = value.values if isinstance(value, ast.Dict) else value.elts
        return next((kind for each in parts if (kind := _kind(each, seen))), None)
    return _made_by(value, seen) if isinstance(value, ast.Call) else None


def _made_by(call: ast.Call, seen: Seen) -> tuple[str, str] | None:
    name = seen.dotted(call.func)
    if name.startswith("torch.optim."):
        return "an optimizer", "Make it in the step that trains: it belongs to the module's weights there."
    made = seen.functions.get(name)
    if isinstance(made, ast.FunctionDef) and _yields(made):
        return "a generator", _AS_LIST
    return _BY_CALL.get(name)


def _yields(function: ast.FunctionDef) -> bool:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
    return False
