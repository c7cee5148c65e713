"""The audits of the npm package `graphql-http`: what the GraphQL over HTTP specification wants of a server."""

import asyncio
import json
import os
import sys

import pytest

from infra.settings import REPOSITORY

pytestmark = pytest.mark.platform

SCRIPT = REPOSITORY / "gateway/portal/scripts/audit-graphql-http.mjs"
NO_GET = {
    "MAY accept application/x-www-form-urlencoded formatted GET requests",
    "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json",
    "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json",
}
"""What the specification allows and we do not: an address that acts is sent by any page and kept by any log."""


@pytest.fixture(scope="module")
async def audited(port, key) -> list[dict]:
    command = (sys.executable, REPOSITORY / "infra/node.py", "node", SCRIPT, f"http://127.0.0.1:{port}/graphql")
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | {"ANDON_KEY": key}, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(told)


async def test_all_is_as_the_specification_wants_it_but_what_we_leave_out(audited):
    assert {each["name"]: each["reason"] for each in audited if each["status"] != "ok"}.keys() == NO_GET
    assert len(audited) > 60
