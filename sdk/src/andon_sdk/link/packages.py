"""Which packages a notebook may import: those of Python, those installed here, those it declares itself."""

import ast
import importlib.util
import re
import sys
import tomllib
from functools import cache

DISTRIBUTIONS = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "google": "google-cloud",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "psycopg2": "psycopg2-binary",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "sksurv": "scikit-survival",
    "umap": "umap-learn",
    "usb": "pyusb",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
"""Packages that are installed under another name than they are imported by."""


class Packages:
    """What is there to be imported."""

    def has(self, name: str) -> bool:
        """Whether a top-level package is Python's own or installed. Nothing of it is run."""
        return name in sys.stdlib_module_names or _installed(name)


@cache
def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False


def distribution(name: str) -> str:
    """What to install for this import."""
    return DISTRIBUTIONS.get(name, name.replace("_", "-"))


def declared(sources: list[str]) -> frozenset[str]:
    """Distributions that a block `# /// script` (PEP 723) in any of these cells names, as pip compares names."""
    found: set[str] = set()
    for source in sources:
        block: list[str] | None = None
        for line in source.split("\n"):
            if line.rstrip() == "# /// script":
                block = []
            elif block is not None and line.startswith("#") and line.rstrip() != "# ///":
                block.append(line[1:].removeprefix(" "))
            elif block is not None:
                found |= _dependencies("\n".join(block))
                block = None
    return frozenset(found)


def _dependencies(block: str) -> set[str]:
    try:
        asked = tomllib.loads(block).get("dependencies", [])
    except (tomllib.TOMLDecodeError, RecursionError):
        return set()
    return {_same(each) for each in asked if isinstance(each, str)} if isinstance(asked, list) else set()


def is_declared(name: str, dependencies: frozenset[str]) -> bool:
    return _same(distribution(name)) in dependencies or _same(name) in dependencies


def _same(requirement: str) -> str:
    """`scikit-learn` of `scikit_learn[extra]>=1.9`."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]).lower()


def imports(tree: ast.AST) -> list[tuple[str, int, ast.Import | ast.ImportFrom]]:
    """Dotted names of modules, with their lines; relative ones begin with dots."""
    found: list[tuple[str, int, ast.Import | ast.ImportFrom]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(("." * node.level + (node.module or ""), node.lineno, node))
    return found
