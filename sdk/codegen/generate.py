"""Writes `andon_sdk.client.typed` from the schema and the operations. Run it by `make client`.

ariadne-codegen writes a package for synchronous or for asynchronous calls; models, enums and inputs are the same, so
the second one gives its methods only.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
SCHEMA = HERE.parents[1] / "gateway" / "schema.graphql"
OPERATIONS = HERE.parent / "operations"
TARGET = HERE.parent / "src" / "andon_sdk" / "client" / "typed"
STAMP = "made_from.txt"
NOT_OURS = ("base_client.py", "async_base_client.py", "exceptions.py")

CONFIG = """
[tool.ariadne-codegen]
schema_path = "{schema}"
queries_path = "{operations}"
target_package_name = "typed"
target_package_path = "{folder}"
client_name = "{name}"
client_file_name = "{file}"
base_client_name = "{base}"
base_client_file_path = "{here}/{base_file}.py"
async_client = {is_async}
include_comments = "none"
include_all_inputs = false
include_all_enums = false
plugins = ["ariadne_codegen.contrib.shorter_results.ShorterResultsPlugin"]

[tool.ariadne-codegen.scalars.DateTime]
type = "datetime.datetime"
"""


def digest() -> str:
    """Of all that the package is made from."""
    found = hashlib.sha256()
    for path in (SCHEMA, *sorted(OPERATIONS.glob("*.graphql")), *sorted(HERE.glob("*.py"))):
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def write(folder: Path, name: str, file: str, base: str, base_file: str, *, is_async: bool) -> Path:
    config = folder / "config.toml"
    config.write_text(
        CONFIG.format(
            schema=SCHEMA, operations=OPERATIONS, folder=folder, here=HERE, name=name, file=file, base=base,
            base_file=base_file, is_async=str(is_async).lower(),
        )
    )  # fmt: skip
    program = Path(sys.executable).with_name("ariadne-codegen")
    subprocess.run([program, "--config", config], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return folder / "typed"


def main() -> None:
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        package = write(Path(first), "Api", "api", "Base", "base", is_async=False)
        other = write(Path(second), "AsyncApi", "async_api", "AsyncBase", "async_base", is_async=True)
        for name in ("async_api.py", "async_base.py"):
            shutil.copy(other / name, package / name)
        init = package / "__init__.py"
        both = "from .api import Api\nfrom .async_api import AsyncApi\n"
        text = init.read_text().replace("from .api import Api\n", both)
        init.write_text(re.sub(r'    "Api",\n', '    "Api",\n    "AsyncApi",\n', text))
        (package / STAMP).write_text(digest() + "\n")
        shutil.rmtree(TARGET, ignore_errors=True)
        shutil.copytree(package, TARGET, ignore=shutil.ignore_patterns("__pycache__", *NOT_OURS))


if __name__ == "__main__":
    main()
