"""At the plant there is the SDK with its extra, connectors, and nothing else of Andon."""

import subprocess
import sys

STRANGERS = {"torch", "ray", "gateway", "services", "infra", "sqlalchemy", "psycopg", "starlette", "nats"}
PROGRAM = """
import sys
import andon_sdk.edge.cli, andon_files.source, andon_sql.source
print(*{name.split(".")[0] for name in sys.modules})
"""


def test_an_edge_needs_nothing_of_the_platform():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & STRANGERS == set()
