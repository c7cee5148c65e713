"""Texts that are true on one machine only, or should stand on none: paths, addresses, passwords."""

import ast
import re
from collections.abc import Iterator

from andon_sdk.link.contracts import Finding, Role
from andon_sdk.link.seen import Seen, error

PATH = error("absolute-path", "Where the pipeline runs, there is no such file.")
NETWORK = error("network-address", "A pipeline runs without a network: what it trains on is given to it.")
SECRET = error("secret", "The source becomes a part of a package that others read.")

_PATH = re.compile(
    r"~(?:[/\\]|\Z)|[A-Za-z]:[\\/]|\\\\\w|/(?:home|Users|root|mnt|media|data|tmp|var|opt|srv|content|kaggle|dbfs|workspace"
    r"|workspaces|usr|Volumes|scratch|nfs|run|etc|lustre)(?:/|\Z)"
)
_NETWORK = re.compile(
    r"(?:https?|ftp|sftp|ssh|s3a?|gs|abfss?|wss?|mqtts?|postgres(?:ql)?(?:\+\w+)?|mysql(?:\+\w+)?|mssql(?:\+\w+)?"
    r"|mongodb(?:\+srv)?|redis|amqps?|opc\.tcp|hdfs|jdbc:\w+)://|\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\Z"
)
_NAMESPACE = re.compile(r"https?://(?:www\.w3\.org|schemas\.)")
_SECRET_NAME = re.compile(
    r"(?i)(?:^|_)(?:password|passwd|passphrase|pwd|secret|token|api_?key|access_?key|secret_?key|private_?key)$"
)
_SECRET = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|xox[abps]-[A-Za-z0-9-]{10,}|sk-[A-Za-z0-9_-]{20,}"
    r"|-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----|\beyJ[A-Za-z0-9_-]{10,500}\.eyJ[A-Za-z0-9_-]{10}|hf_[A-Za-z0-9]{30,}"
    r"|\w{1,20}://[^/\s:@]{1,200}:[^/\s:@{]{1,200}@"
)
_PLACEHOLDER = re.compile(r"\W*\Z|<.*>\Z|\*+\Z|\$?\{.*\}\Z|(?i:your|change|xxx|todo|none\Z)")
_FROM_ENVIRONMENT = "Read it from the environment where it is needed; better, take rows by andon_sdk.link.data."


def addresses(seen: Seen) -> Iterator[Finding]:
    for text in seen.links.texts:  # the notebook goes into the package whole, with cells that are skipped
        cell, skipped = text.cell.number, text.cell.role is Role.SKIP
        secret = {id(node): name for node, name in _named_secrets(text.tree)}
        for node in _texts(text.tree):
            said = node.value
            if id(node) in secret or _SECRET.search(said):
                what = f"`{secret[id(node)]}` is" if id(node) in secret else "There is"
                what = f"{what} a password or key in the source of {seen.where(cell)}."
                yield SECRET.at(cell, node.lineno, what, _FROM_ENVIRONMENT)
            elif skipped:
                continue
            elif _PATH.match(said):
                what = f'"{_short(said)}" is a path of one machine.'
                yield PATH.at(
                    cell, node.lineno, what, "Use a path beside the notebook, or rows by andon_sdk.link.data."
                )
            elif _NETWORK.match(said) and not _NAMESPACE.match(said):
                what = f'"{_short(said)}" in {seen.where(cell)} is an address in a network.'
                yield NETWORK.at(cell, node.lineno, what, "Fetch it once, and give the pipeline rows or a file.")
    for cell, call in seen.calls():
        name = seen.dotted(call.func)
        if name.endswith(("Path.home", "path.expanduser")) or (
            isinstance(call.func, ast.Attribute) and call.func.attr == "expanduser"
        ):
            what = f"`{ast.unparse(call.func)[:60]}()` is a folder of one person on one machine."
            yield PATH.at(cell, call.lineno, what, "Use a path beside the notebook, or rows by andon_sdk.link.data.")


def _short(said: str) -> str:
    said = said.partition("\n")[0]
    return said if len(said) <= 40 else f"{said[:39]}…"


def _texts(tree: ast.AST) -> Iterator["_Text"]:
    """Constants that are texts, without those that only tell something."""
    telling = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in telling:
            yield node  # type: ignore[misc]


class _Text(ast.Constant):
    value: str  # type: ignore[assignment]


def _named_secrets(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Texts under a name that says what they are: of a variable, an argument, a key."""
    for node in ast.walk(tree):
        pairs: list[tuple[str, ast.expr | None]] = []
        if isinstance(node, ast.Assign):
            pairs = [(ast.unparse(target), node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign):
            pairs = [(ast.unparse(node.target), node.value)]
        elif isinstance(node, ast.keyword) and node.arg:
            pairs = [(node.arg, node.value)]
        elif isinstance(node, ast.Dict):
            pairs = [
                (key.value, value)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
        for told, value in pairs:
            name = told.strip("'\"]").rpartition("[")[2].strip("'\"").rpartition(".")[2]
            if isinstance(value, ast.Constant) and _SECRET_NAME.search(name) and _is_secret(value.value):
                yield value, name


def _is_secret(value: object) -> bool:
    return isinstance(value, str) and len(value) >= 4 and not _PLACEHOLDER.match(value)
