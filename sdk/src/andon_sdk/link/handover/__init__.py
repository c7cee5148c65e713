"""What one step gives, kept by its type for the steps that take it: never pickled, each file named by its digest.

A value becomes a *node*: a tree of JSON whose leaves may name files, as in

    {"kind": "polars", "file": "5f0c….arrow"}

Frames and tables become Arrow files, arrays and tensors safetensors, scikit-learn's models skops, LightGBM's its own
text, plain values JSON. Functions and classes of the notebook are made again from the code of the step that defines
them, with what they close over. Whatever is none of these is refused by name.
"""

from andon_sdk.link.handover.nodes import Damaged, HandoverRefused, Node, Reader, Writer, digest, files_of
from andon_sdk.link.handover.origin import Origin

__all__ = ["Damaged", "HandoverRefused", "Node", "Origin", "Reader", "Writer", "digest", "files_of"]
