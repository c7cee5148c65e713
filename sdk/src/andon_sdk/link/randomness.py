"""The state of the random generators that libraries share: set, taken, given back.

It is handed from step to step like a value, since a notebook's steps share it too: what a step draws depends on what
was drawn before it, unless it sets a seed of its own.
"""

import hashlib
import json
import random
import sys
from typing import Any

State = dict[str, Any]
"""By library, as JSON. A library that is not loaded is not in it."""


def seed(number: int) -> None:
    """Seeds Python's generator and those of numpy and torch, if they are loaded."""
    random.seed(number)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(number)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(number)


def taken() -> State:
    """The state of now."""
    version, numbers, gauss = random.getstate()
    state: State = {"python": [version, _packed(numbers), gauss]}
    if "numpy" in sys.modules:
        name, keys, place, has, cached = sys.modules["numpy"].random.get_state()
        state["numpy"] = [name, keys.tobytes().hex(), int(place), int(has), float(cached)]
    if "torch" in sys.modules:
        state["torch"] = sys.modules["torch"].get_rng_state().numpy().tobytes().hex()
    return state


def given(state: State) -> None:
    """Sets what `taken` said."""
    version, numbers, gauss = state["python"]
    random.setstate((version, _unpacked(numbers), gauss))
    if "numpy" in state:
        import numpy as np  # noqa: PLC0415

        name, keys, *rest = state["numpy"]
        np.random.set_state((name, np.frombuffer(bytes.fromhex(keys), np.uint32), *rest))
    if "torch" in state:
        import torch  # noqa: PLC0415

        torch.set_rng_state(torch.tensor(list(bytes.fromhex(state["torch"])), dtype=torch.uint8))


def digest(state: State) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()


def drawn(before: State, after: State) -> list[str]:
    """Libraries whose generators were drawn from, or seeded."""
    return sorted(name for name, state in after.items() if name in before and before[name] != state)


def _packed(numbers: tuple[int, ...]) -> str:
    return b"".join(number.to_bytes(4, "little") for number in numbers).hex()


def _unpacked(text: str) -> tuple[int, ...]:
    data = bytes.fromhex(text)
    return tuple(int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4))
