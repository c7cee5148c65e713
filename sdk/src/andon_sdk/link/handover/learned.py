"""Models of scikit-learn by skops, of LightGBM by its own text. Neither is ever executed when it is read."""

import sys
from typing import Any

from andon_sdk.link.handover.nodes import Damaged, HandoverRefused, Kind, Node, Reader, Writer, told_type


def _is_sklearn(value: Any) -> bool:
    base = getattr(sys.modules.get("sklearn.base"), "BaseEstimator", None)
    return base is not None and isinstance(value, base) and not type(value).__module__.startswith("lightgbm.")


def _skops_node(value: Any, writer: Writer, where: str) -> Node:
    from skops import io  # noqa: PLC0415

    try:
        data = io.dumps(value)
        strange = io.get_untrusted_types(data=data)
    except Exception as error:
        fix = f"skops cannot write it ({error}): leave functions and classes of your own out of it."
        raise HandoverRefused(where, told_type(value), fix) from error
    if strange:
        fix = f"it holds {', '.join(strange)}, which skops does not trust: build it of scikit-learn's own parts."
        raise HandoverRefused(where, told_type(value), fix)
    return {"file": writer.file(data, "skops")}


def _skops(node: Node, reader: Reader) -> Any:
    from skops import io  # noqa: PLC0415

    data = reader.bytes_of(node)
    if strange := io.get_untrusted_types(data=data):
        raise Damaged(f"A model holds {', '.join(strange)}, which are not trusted.")
    return io.loads(data, trusted=[])


def _is_booster(value: Any) -> bool:
    library = sys.modules.get("lightgbm")
    return library is not None and type(value) is library.Booster


def _booster_node(value: Any, writer: Writer, _: str) -> Node:
    text = value.model_to_string(num_iteration=-1)
    return {"file": writer.file(text.encode(), "txt"), "best": value.best_iteration}


def _booster(node: Node, reader: Reader) -> Any:
    from lightgbm import Booster  # noqa: PLC0415

    booster = Booster(model_str=reader.bytes_of(node).decode())
    booster.best_iteration = node["best"]
    return booster


KINDS = (
    Kind("lightgbm", _is_booster, _booster_node, _booster),
    Kind("skops", _is_sklearn, _skops_node, _skops),
)
