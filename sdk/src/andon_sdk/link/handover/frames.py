"""Frames, tables and arrays: Arrow files and safetensors."""

import io
import sys
from typing import Any

from andon_sdk.link.handover.nodes import Damaged, HandoverRefused, Kind, Node, Reader, Writer, told_type

_TENSOR_KINDS = "biuf"


def _of(library: str, *names: str) -> Any:
    def fits(value: Any) -> bool:
        module = sys.modules.get(library)
        return module is not None and type(value) in [getattr(module, name) for name in names]

    return fits


def _arrow(table: Any) -> bytes:
    import pyarrow as pa  # noqa: PLC0415

    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as file:
        file.write(table)
    return sink.getvalue()


def _read_arrow(data: bytes) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    return pa.ipc.open_file(pa.BufferReader(data)).read_all()


def _polars_node(value: Any, writer: Writer, where: str) -> Node:
    import polars as pl  # noqa: PLC0415

    series = isinstance(value, pl.Series)
    frame = value.to_frame("values") if series else value
    if any(kind == pl.Object for kind in frame.dtypes):
        raise HandoverRefused(where, told_type(value), "a column holds Python objects: give it a type, by .cast(…).")
    sink = io.BytesIO()
    frame.write_ipc(sink)
    return {"file": writer.file(sink.getvalue(), "arrow"), **({"series": value.name} if series else {})}


def _polars(node: Node, reader: Reader) -> Any:
    import polars as pl  # noqa: PLC0415

    frame = pl.read_ipc(io.BytesIO(reader.bytes_of(node)))
    return frame.to_series().alias(node["series"]) if "series" in node else frame


def _pandas_node(value: Any, writer: Writer, where: str) -> Node:
    import pandas as pd  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    series = isinstance(value, pd.Series)
    frame = value.to_frame("values") if series else value
    try:
        table = pa.Table.from_pandas(frame)
        again = table.slice(0, 0).to_pandas()
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError, TypeError) as error:
        fix = f"a column mixes types or holds Python objects ({error}): give it one type."
        raise HandoverRefused(where, told_type(value), fix) from error
    same = list(again.dtypes) == list(frame.dtypes) and again.columns.equals(frame.columns)
    if not same or type(again.index) is not type(frame.index):
        fix = "its index or a column would come back as another type: reset_index(), and give columns plain types."
        raise HandoverRefused(where, told_type(value), fix)
    node: Node = {"file": writer.file(_arrow(table), "arrow")}
    if not series:
        return node
    return {**node, "series": writer.node(value.name, f"the name of {where}")}


def _pandas(node: Node, reader: Reader) -> Any:
    frame = _read_arrow(reader.bytes_of(node)).to_pandas()
    return frame["values"].rename(reader.value(node["series"])) if "series" in node else frame


def _table_node(value: Any, writer: Writer, _: str) -> Node:
    import pyarrow as pa  # noqa: PLC0415

    batch = isinstance(value, pa.RecordBatch)
    return {"file": writer.file(_arrow(pa.Table.from_batches([value]) if batch else value), "arrow"), "batch": batch}


def _table(node: Node, reader: Reader) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    table = _read_arrow(reader.bytes_of(node))
    if not node["batch"]:
        return table
    return pa.RecordBatch.from_arrays([each.combine_chunks() for each in table.columns], schema=table.schema)


def _is_array(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and (type(value) is numpy.ndarray or isinstance(value, numpy.generic))


def _array_node(value: Any, writer: Writer, where: str) -> Node:
    import numpy as np  # noqa: PLC0415
    from safetensors.numpy import save  # noqa: PLC0415

    array = np.asarray(value)
    kind = array.dtype.kind
    if kind not in _TENSOR_KINDS + "MmcUS" or (array.dtype.itemsize > 8 and kind == "f"):
        fix = f"its type {array.dtype} has no file format: .astype(float), or a frame with a column a field."
        raise HandoverRefused(where, told_type(value), fix)
    said: Node = {"dtype": array.dtype.str, "shape": list(array.shape), "scalar": not isinstance(value, np.ndarray)}
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    plain = np.ascontiguousarray(array)
    if kind not in _TENSOR_KINDS:  # times, text and complex numbers are kept as the bytes they are
        plain = np.frombuffer(plain.tobytes(), np.uint8)
    elif plain.dtype.byteorder == ">":
        plain = plain.astype(plain.dtype.newbyteorder("="))
    return {**said, "fortran": fortran, "file": writer.file(save({"values": plain}), "safetensors")}


def _array(node: Node, reader: Reader) -> Any:
    import numpy as np  # noqa: PLC0415
    from safetensors.numpy import load  # noqa: PLC0415

    kind, plain = np.dtype(node["dtype"]), load(reader.bytes_of(node))["values"]
    if kind.hasobject:
        raise Damaged("An array of Python objects is never read.")
    array = plain.astype(kind) if kind.kind in _TENSOR_KINDS else np.frombuffer(plain.tobytes(), kind)
    array = array.reshape(node["shape"])
    if node["scalar"]:
        return array[()]
    return np.asfortranarray(array) if node["fortran"] else array.copy()


def _generator_node(value: Any, writer: Writer, where: str) -> Node:
    return {"of": type(value.bit_generator).__name__, "state": writer.node(value.bit_generator.state, where)}


def _generator(node: Node, reader: Reader) -> Any:
    import numpy as np  # noqa: PLC0415

    if node["of"] not in {"PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"}:
        raise Damaged(f"{node['of']} is no generator of numpy's.")
    bits = getattr(np.random, node["of"])()
    bits.state = reader.value(node["state"])
    return np.random.Generator(bits)


def _is_generator(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(value) is numpy.random.Generator


KINDS = (
    Kind("polars", _of("polars", "DataFrame", "Series"), _polars_node, _polars),
    Kind("pandas", _of("pandas", "DataFrame", "Series"), _pandas_node, _pandas),
    Kind("arrow", _of("pyarrow", "Table", "RecordBatch"), _table_node, _table),
    Kind("numpy", _is_array, _array_node, _array),
    Kind("random", _is_generator, _generator_node, _generator),
)
