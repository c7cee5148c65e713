"""Names that reading the code does not show."""

import ast
from collections.abc import Iterator

from andon_sdk.link.contracts import Finding, Role
from andon_sdk.link.seen import Seen, error

TEXT = error("names-by-text", "What the step takes and gives is found by reading its code, which does not show this.")
STAR = error("star-import", "Nobody can see which names it brings, or which of yours it replaces.")

_NAMES = {"globals", "locals", "vars", "dir"}


def hidden_names(seen: Seen) -> Iterator[Finding]:
    for cell, call in seen.calls():
        if isinstance(call.func, ast.Name) and call.func.id not in seen.functions:
            name, given = call.func.id, len(call.args) + len(call.keywords)
            if (name in {"exec", "eval"} and given < 2) or (name in _NAMES and given == 0):
                what = f"`{name}()` in {seen.where(cell)} uses names that stand nowhere in the code."
                fix = "Use the names themselves, a dictionary of your own, or give it one as its second argument."
                yield TEXT.at(cell, call.lineno, what, fix)
    for text in seen.told:
        cell = text.cell.number
        for node in ast.walk(text.tree):
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                what = f"`from {node.module} import *` in {seen.where(cell)} brings names that stand nowhere."
                yield STAR.at(cell, node.lineno, what, "Import the names you use, or the module.")
        for magic in text.plain.magics:
            word = magic.said.split()[0]
            if word in {"%run", "%load", "%store", "%pylab", "%macro"} and text.cell.role is not Role.SKIP:
                what = f"`{magic.said[:60]}` in {seen.where(cell)} brings names that stand nowhere."
                yield TEXT.at(cell, magic.line, what, "Import the module, or write the code into the notebook.")
