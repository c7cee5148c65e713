"""The SDK's typed client is made from the schema and the operations as they are."""

import runpy

from andon_sdk.client import typed
from infra.settings import REPOSITORY


def test_it_is_made_from_what_is_here():
    generator = runpy.run_path(str(REPOSITORY / "sdk/codegen/generate.py"))
    stamp = (generator["TARGET"] / generator["STAMP"]).read_text().strip()
    assert stamp == generator["digest"](), "Run `make client` and commit what it writes."


def test_both_clients_have_the_same_methods():
    def methods(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert methods(typed.Api) == methods(typed.AsyncApi)
    assert len(methods(typed.Api)) > 30
