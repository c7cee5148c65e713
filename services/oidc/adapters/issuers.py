"""Issuers as this process knows them: what they say of themselves, their keys, and the requests made to them.

What an issuer said is kept a while, apart for each tenant. A token signed with a key that is not known makes us look
for new keys, but not more often than now and then: whoever sends such tokens would otherwise make us ask for each.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from joserfc import jwk

from services.kernel.ids import TenantId
from services.kernel.outward import NoAnswer, Outward
from services.kernel.reach import Reach
from services.oidc import model, tokens
from services.oidc.errors import ProviderUnusable
from services.oidc.model import Metadata
from services.oidc.tokens import KeyUnknown, Person, TokenRefused, Wanted

SECONDS = 10.0
"""For one request to a provider."""
MOST_READ = 256 * 1024
KEPT_S = 600.0
"""After it metadata and keys are asked for anew: a key that a provider withdrew is believed no longer."""
KEYS_AGAIN_S = 30.0
FAILED_S = 5.0
"""So long an issuer that did not answer is not asked again: who waits for it would else wait in a row."""
_REMEMBERED = 500
_ACCEPT = {"accept": "application/json", "user-agent": "Andon-Login/1"}


@dataclass(slots=True)
class _Known:
    """Of one issuer, for one tenant."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    metadata: Metadata | None = None
    read_at: float = 0.0
    keys: list[jwk.Key] = field(default_factory=list)
    keys_at: float = -math.inf
    failure: str = ""
    failed_at: float = -math.inf


class Issuers:
    """Use it inside one event loop."""

    def __init__(self, outward: Outward, clock: Callable[[], float] = time.monotonic) -> None:
        self._outward = outward
        self._clock = clock
        self._known: OrderedDict[tuple[TenantId, str], _Known] = OrderedDict()

    @property
    def reach(self) -> Reach:
        return self._outward.reach

    async def discover(self, tenant: TenantId, issuer: str) -> Metadata:
        """What the issuer says of itself, asked anew after ten minutes. Raises `NoAnswer`, `ProviderUnusable`."""
        return await self._discover(self._of(tenant, issuer), issuer)

    async def check(self, tenant: TenantId, issuer: str) -> None:
        """That log-ins can work with it, as far as that can be seen: asks for all anew. Raises `ProviderUnusable`."""
        self._known.pop((tenant, issuer), None)
        known = self._of(tenant, issuer)
        try:
            metadata = await self._discover(known, issuer)
            await self._read_keys(known, metadata, KEYS_AGAIN_S)
        except NoAnswer as error:
            raise ProviderUnusable(f"The provider cannot be asked. {error}", field="issuer") from error
        if not known.keys:
            message = "The provider shows no key that an ID token could be signed with (RSA of 2,048 bits, EC or OKP)."
            raise ProviderUnusable(message, field="issuer")

    async def redeem(self, metadata: Metadata, headers: Mapping[str, str], form: bytes) -> dict[str, Any]:
        """What is given for a code. Raises `NoAnswer`, `TokenRefused`."""
        status, told = await self._json("POST", metadata.token_endpoint, headers, form)
        if status != 200:
            raise TokenRefused(f"The code was refused with {status}: {str(told.get('error'))[:100]!r}.")
        return told

    async def person(
        self, tenant: TenantId, metadata: Metadata, id_token: str, wanted: Wanted, access_token: str | None
    ) -> Person:
        """Whom the token is about. Raises `TokenRefused`, `NoAnswer`."""
        known = self._of(tenant, metadata.issuer)
        await self._read_keys(known, metadata, KEPT_S)
        try:
            return tokens.read(id_token, known.keys, wanted, access_token)
        except KeyUnknown:
            if not await self._read_keys(known, metadata, KEYS_AGAIN_S):
                raise
            return tokens.read(id_token, known.keys, wanted, access_token)

    async def more_of(self, metadata: Metadata, person: Person, access_token: str | None) -> Person:
        """The person with what the provider tells at its userinfo endpoint, for those that put no address into the
        token; as they are if it tells nothing. Raises `NoAnswer`, `TokenRefused` if it speaks of somebody else."""
        if person.email is not None or metadata.userinfo_endpoint is None or not _sendable(access_token):
            return person
        headers = {"authorization": f"Bearer {access_token}"}
        status, told = await self._json("GET", metadata.userinfo_endpoint, headers)
        if status != 200:
            return person
        if told.get("sub") != person.subject:
            raise TokenRefused("The userinfo endpoint speaks of somebody else (`sub`).")
        return tokens.person(told)

    def _of(self, tenant: TenantId, issuer: str) -> _Known:
        known = self._known.setdefault((tenant, issuer), _Known())
        self._known.move_to_end((tenant, issuer))
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return known

    async def _discover(self, known: _Known, issuer: str) -> Metadata:
        async with known.turn:
            if known.metadata is None or self._clock() - known.read_at > KEPT_S:
                told = await self._document(known, model.discovery_of(issuer))
                known.metadata = model.checked_metadata(issuer, told, self.reach)
                known.read_at = self._clock()
            return known.metadata

    async def _read_keys(self, known: _Known, metadata: Metadata, after_s: float) -> bool:
        """Whether keys were read now: not if they were within so many seconds. Raises `NoAnswer`."""
        async with known.turn:
            if self._clock() - known.keys_at < after_s:
                return False
            known.keys = tokens.usable_keys(await self._document(known, metadata.jwks_uri))
            known.keys_at = self._clock()
            return True

    async def _document(self, known: _Known, url: str) -> dict[str, Any]:
        """What an issuer publishes. Raises `NoAnswer`, for a moment also without asking again."""
        if self._clock() - known.failed_at < FAILED_S:
            raise NoAnswer(known.failure)
        try:
            status, told = await self._json("GET", url, {})
            if status != 200:
                raise NoAnswer(f"{url} answered {status}.")
        except NoAnswer as error:
            known.failure, known.failed_at = str(error), self._clock()
            raise
        return told

    async def _json(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of an answer. Raises `NoAnswer` for anything else, redirects among it."""
        answer = await self._outward.ask(
            method, url, {**_ACCEPT, **headers}, body, most_read=MOST_READ, seconds=SECONDS
        )
        if 300 <= answer.status < 400:
            raise NoAnswer(f"It answered {answer.status}, a redirect. Redirects are not followed.")
        if not answer.whole:
            raise NoAnswer(f"It answered with more than {MOST_READ:,} bytes.")
        try:
            told = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            told = None
        if isinstance(told, dict):
            return answer.status, told
        if answer.status == 200:
            raise NoAnswer("It answered with something that is no JSON object.")
        return answer.status, {}


def _sendable(token: str | None) -> bool:
    """Whether it can stand in a header (RFC 6750)."""
    return token is not None and token.isascii() and token.isprintable() and 0 < len(token) <= tokens.LONGEST_TOKEN
