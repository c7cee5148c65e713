"""A provider of identity: the npm package `oidc-provider` in a process of its own, and a person who logs in there."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import httpx

from infra.settings import REPOSITORY

SCRIPT = REPOSITORY / "gateway/portal/scripts/oidc-provider.mjs"
CLIENT, SECRET = "andon", "a secret: 50%+of/the=tests"


@dataclass
class IdentityProvider:
    issuer: str

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator["IdentityProvider"]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, REPOSITORY / "infra/node.py", "node", SCRIPT,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=os.environ | {"NODE_NO_WARNINGS": "1"},
        )  # fmt: skip
        try:
            assert process.stdout is not None
            async with asyncio.timeout(30):
                issuer = (await process.stdout.readline()).decode().strip()
            assert issuer, "it ended before it was ready"
            yield cls(issuer)
        finally:
            process.kill()
            await process.wait()

    async def told(self, **what: Any) -> dict[str, int]:
        """Tells it of accounts, clients, spoilt tokens or to rotate its keys; how often it was asked for what."""
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.post(f"{self.issuer}/control", content=json.dumps(what))).raise_for_status().json()

    def client(self, *redirect_uris: str, **more: Any) -> dict[str, Any]:
        return {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uris": list(redirect_uris),
            "response_types": ["code"],
            "grant_types": ["authorization_code"],
        } | more

    async def let_in(self, url: str, account: str) -> str:
        """A person follows the address, says who they are, and is sent back: the address they are sent to."""
        async with httpx.AsyncClient(trust_env=False) as person:
            answer = await person.get(url)
            for _ in range(10):
                if answer.is_redirect:
                    url = urljoin(str(answer.url), answer.headers["location"])
                    if not url.startswith(self.issuer):
                        return url
                    answer = await person.get(url)
                else:
                    assert answer.status_code == 200, answer.text
                    answer = await person.post(str(answer.url), data={"login": account})
        raise AssertionError("the provider sends the person round and round")
