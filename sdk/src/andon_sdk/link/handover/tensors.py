"""Tensors, and torch modules: their arguments to be made again by, their state as safetensors."""

import sys
from typing import Any

from andon_sdk.link.handover.nodes import Damaged, HandoverRefused, Kind, Node, Reader, Writer, told_type

_MADE = "_link_made_with"
_FIX_MODULE = (
    "it was changed after it was made, and cannot be made again from its arguments: "
    "build it whole in __init__, or give model.state_dict() and make the module in the step that uses it."
)


def remember_arguments() -> None:
    """From now on each module of torch keeps the arguments it was made with. Does nothing where torch is not loaded."""
    torch = sys.modules.get("torch")
    if torch is None or hasattr(torch.nn.Module, _MADE):
        return

    def new(cls: Any, *arguments: Any, **named: Any) -> Any:
        module = object.__new__(cls)
        module.__dict__[_MADE] = (arguments, named)
        return module

    setattr(torch.nn.Module, _MADE, None)
    torch.nn.Module.__new__ = staticmethod(new)


def _torch(value: Any, name: str) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, getattr(torch, name) if name == "Tensor" else torch.nn.Module)


def _is_dtype(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and type(value) in {torch.dtype, torch.device}


def _word(node: Node, _: Reader) -> Any:
    import torch  # noqa: PLC0415

    if node["of"] == "device":
        return torch.device(node["value"])
    kind = getattr(torch, node["value"], None)
    if not isinstance(kind, torch.dtype):
        raise Damaged(f"{node['value']} is no type of torch's.")
    return kind


def _word_node(value: Any, *_: Any) -> Node:
    return {"of": type(value).__name__, "value": str(value).removeprefix("torch.")}


def _tensor_node(value: Any, writer: Writer, where: str) -> Node:
    import torch  # noqa: PLC0415
    from safetensors.torch import save  # noqa: PLC0415

    if type(value) not in {torch.Tensor, torch.nn.Parameter}:
        raise HandoverRefused(where, told_type(value), "give it as a plain tensor.")
    if not value.is_leaf:
        raise HandoverRefused(where, told_type(value), "its gradient's way cannot be kept: give tensor.detach().")
    if value.layout != torch.strided or value.is_complex() or value.is_quantized:
        raise HandoverRefused(where, told_type(value), "give it dense, in real numbers: .to_dense(), view_as_real(…).")
    file = writer.file(save({"values": value.detach().cpu().contiguous()}), "safetensors")
    return {"file": file, "grad": value.requires_grad, "parameter": isinstance(value, torch.nn.Parameter)}


def _tensor(node: Node, reader: Reader) -> Any:
    import torch  # noqa: PLC0415
    from safetensors.torch import load  # noqa: PLC0415

    values = load(reader.bytes_of(node))["values"]
    if node["parameter"]:
        return torch.nn.Parameter(values, requires_grad=node["grad"])
    return values.requires_grad_(node["grad"])


def _flags(module: Any) -> list[list[Any]]:
    return [[name, each.training] for name, each in module.named_modules()]


def _module_node(value: Any, writer: Writer, where: str) -> Node:
    import torch  # noqa: PLC0415
    from safetensors.torch import save  # noqa: PLC0415

    made = value.__dict__.get(_MADE)
    if made is None:
        raise HandoverRefused(where, told_type(value), _FIX_MODULE)
    arguments, named = made
    state = {name: each.detach().cpu().contiguous().clone() for name, each in value.state_dict().items()}
    node = {
        "class": writer.node(type(value), f"the class of {where}"),
        "arguments": [writer.node(each, f"an argument of {where}") for each in arguments],
        "named": {key: writer.node(each, f"{key} of {where}") for key, each in named.items()},
        "modes": _flags(value),
        "frozen": [name for name, each in value.named_parameters() if not each.requires_grad],
        "says": repr(value),
        "file": writer.file(save(state), "safetensors"),
    }
    keep = torch.random.get_rng_state()
    try:
        again = type(value)(*arguments, **named)
    except Exception as error:
        raise HandoverRefused(where, told_type(value), _FIX_MODULE) from error
    finally:
        torch.random.set_rng_state(keep)
    shapes = {name: each.shape for name, each in again.state_dict().items()}
    if shapes != {name: each.shape for name, each in state.items()} or repr(again) != repr(value):
        raise HandoverRefused(where, told_type(value), _FIX_MODULE)
    return node


def _module(node: Node, reader: Reader) -> Any:
    from safetensors.torch import load  # noqa: PLC0415

    arguments = [reader.value(each) for each in node["arguments"]]
    named = {key: reader.value(each) for key, each in node["named"].items()}
    module = reader.value(node["class"])(*arguments, **named)
    module.load_state_dict(load(reader.bytes_of(node)), strict=True)
    modes = dict(node["modes"])
    for name, each in module.named_modules():
        each.training = modes[name]
    for name, each in module.named_parameters():
        each.requires_grad_(name not in node["frozen"])
    return module


KINDS = (
    Kind("tensor", lambda value: _torch(value, "Tensor"), _tensor_node, _tensor),
    Kind("module", lambda value: _torch(value, "Module"), _module_node, _module),
    Kind("torch", _is_dtype, _word_node, _word),
)
