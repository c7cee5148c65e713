"""Files that run code when they are read, and questions to people."""

from collections.abc import Iterator

from andon_sdk.link.contracts import Finding
from andon_sdk.link.seen import Seen, error, is_constant, keyword

UNSAFE = error("unsafe-load", "Whoever wrote that file runs code with the rights of who reads it.")
PERSON = error("asks-person", "Nobody sits before a pipeline, so it would wait for ever.")

_UNSAFE = {
    f"{module}.{name}"
    for module in ("pickle", "cloudpickle", "dill", "joblib", "_pickle")
    for name in ("load", "loads")
} | {"pandas.read_pickle", "shelve.open", "pickle.Unpickler"}
_PEOPLE = {"input", "getpass.getpass", "builtins.input", "breakpoint", "pdb.set_trace"}


def loaded(seen: Seen) -> Iterator[Finding]:
    for cell, call in seen.calls():
        name = seen.dotted(call.func)
        if name in _UNSAFE or name.startswith("sklearn.externals.joblib.load"):
            fix = "Keep rows as Parquet, weights as safetensors, scikit-learn's models by skops."
            yield UNSAFE.at(cell, call.lineno, f"`{name}` in {seen.where(cell)} runs what the file says.", fix)
        elif name == "torch.load" and not is_constant(keyword(call, "weights_only"), True):
            what = f"`torch.load` in {seen.where(cell)} does not say weights_only=True."
            yield UNSAFE.at(cell, call.lineno, what, "Say weights_only=True; better, keep weights as safetensors.")
        elif name == "numpy.load" and is_constant(keyword(call, "allow_pickle"), True):
            what = f"`numpy.load` in {seen.where(cell)} allows pickle."
            yield UNSAFE.at(cell, call.lineno, what, "Keep numbers as plain arrays and leave allow_pickle out.")
        elif name in _PEOPLE and name not in seen.functions:
            what = f"`{name}()` in {seen.where(cell)} waits for a person."
            yield PERSON.at(cell, call.lineno, what, "Make it a parameter, or take it out.")
