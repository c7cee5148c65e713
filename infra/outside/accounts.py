"""Stream accounts on a NATS in operator mode: signed claims, pushed to its resolver.

An account's claims hold a signing key for each user, with that user's rights (a *scope*). A user's token is signed by
that key and claims no right of its own, so rights changed later hold for tokens given out before. All keys are derived:
the account's from the installation's secret, a user's from the one in the database, which rotates with it.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from nats.aio.client import Client
from nats.errors import TimeoutError as NoAnswer

from infra.outside.nkeys import Key, Kind, NotAKey, account_token, claims_of, user_token
from infra.provisioning import log_in, refused, settled, streams_of
from services.enclaves import model
from services.enclaves.adapters.connect import connect
from services.enclaves.contracts import StreamCredential, StreamUser
from services.enclaves.errors import ProvisioningFailed
from services.enclaves.provisioner import StreamAccount

_ANSWER_S = 5.0
_LOOK_S = 1.0
_VERSION = 2
_UNBOUNDED = (
    *("subs", "data", "payload", "imports", "exports", "conn"),
    *("mem_storage", "disk_storage", "streams", "consumer"),
)
_CLOSED: dict[str, Any] = {
    "limits": {"subs": -1, "data": -1, "payload": -1, "wildcards": True},
    "type": "account",
    "version": _VERSION,
}
"""Claims of an account that lets nobody in and keeps nothing."""
_REMEDY = "It is tried again; the log of the NATS at NATS_URL may say why."
_CREDENTIALS = re.compile(r"^-+BEGIN NATS USER JWT-+\s+(\S+)\s.*^-+BEGIN USER NKEY SEED-+\s+(\S+)\s", re.S | re.M)


@dataclass(frozen=True, slots=True)
class Operator:
    """Who may make accounts: the operator's key, or one that may sign for it, and a user of the system account."""

    key: Key
    system: str = field(repr=False)
    """`<token> <seed>`."""

    @classmethod
    def of(cls, seed: str, credentials: str) -> Self:
        """`credentials` is the content of a `.creds` file. Raises `NotAKey`."""
        found = _CREDENTIALS.search(credentials + "\n")
        if found is None:
            raise NotAKey("expected the content of a .creds file of NATS, with a user's token and seed")
        Key.of_seed(found[2], Kind.USER)
        return cls(Key.of_seed(seed, Kind.OPERATOR), f"{found[1]} {found[2]}")


class OperatorAccounts:
    """`services.enclaves.provisioner.StreamAccounts`. Without an operator it gives credentials and makes nothing."""

    def __init__(
        self, url: str, installation_secret: str, operator: Operator | None, device_address: str | None = None
    ) -> None:
        self.device_address = device_address
        self._url = url
        self._secret = installation_secret
        self._operator = operator

    async def ensure(self, account: StreamAccount) -> None:
        """Raises `ProvisioningFailed`."""
        operator = self._given()
        system = await connect(StreamCredential(self._url, "system", operator.system), name="andon", attempts=3)
        try:
            await self._push(system, operator.key, account, _account_claims(account))
        finally:
            await system.close()
        login = self.credential(account, StreamUser.PLATFORM)
        await settled(f"The account {account.name}", lambda: log_in(login), remedy=_REMEDY)

    async def remove(self, account: StreamAccount) -> None:
        """A resolver that may not delete (`allow_delete`) keeps the account's key, with nobody to sign for and no
        right to keep anything. Raises `ProvisioningFailed`."""
        operator = self._given()
        system = await connect(StreamCredential(self._url, "system", operator.system), name="andon", attempts=3)
        try:
            await self._push(system, operator.key, account, _CLOSED)
            subject = self._account(account)
            order = account_token("delete", subject, {"accounts": [subject], "type": "generic"}, operator.key)
            await system.request("$SYS.REQ.CLAIMS.DELETE", order.encode(), _ANSWER_S)
        except NoAnswer as error:
            raise ProvisioningFailed(f"NATS does not say that the account {account.name} is gone. {_REMEDY}") from error
        finally:
            await system.close()
        login = self.credential(account, StreamUser.PLATFORM)
        await settled(f"The end of the account {account.name}", lambda: refused(login), remedy=_REMEDY)

    async def streams(self, name: str) -> int:
        """Raises `ProvisioningFailed`."""
        system = StreamCredential(self._url, "system", self._given().system)
        return await streams_of(system, self._public(name))

    def credential(self, account: StreamAccount, user: StreamUser) -> StreamCredential:
        """A device's secret is its token alone: MQTT has no way to sign. All others sign what the server asks for."""
        name, key = model.stream_login(account.name, user), Key.derived(account.secrets[user], Kind.USER, "user")
        claims = {"issuer_account": self._account(account), "type": "user", "version": _VERSION}
        token = user_token(name, key.public, claims, _signer(account, user))
        return StreamCredential(self._url, name, token if _shown_only(user) else f"{token} {key.seed}")

    def _given(self) -> Operator:
        if self._operator is None:
            raise ProvisioningFailed("This process was not given the operator's key; the worker has it.")
        return self._operator

    async def _push(self, system: Client, operator: Key, account: StreamAccount, claims: dict[str, Any]) -> None:
        """Only what changed: the server goes through all clients of an account whose claims are new."""
        subject = self._account(account)
        if await _claimed(system, subject) == claims:
            return
        token = account_token(account.name, subject, claims, operator)
        try:
            answer = json.loads((await system.request("$SYS.REQ.CLAIMS.UPDATE", token.encode(), _ANSWER_S)).data)
        except NoAnswer as error:
            raise ProvisioningFailed(
                "The NATS at NATS_URL does not take accounts. It must run in operator mode with a full resolver "
                "(`resolver: {type: full}`), and ANDON_NATS_SYSTEM_CREDENTIALS be of its system account."
            ) from error
        if "error" in answer:
            raise ProvisioningFailed(f"NATS refused the account {account.name}: {answer['error']}. {_REMEDY}")

    def _account(self, account: StreamAccount) -> str:
        return self._public(account.name)

    def _public(self, name: str) -> str:
        return Key.derived(self._secret, Kind.ACCOUNT, name).public


def _signer(account: StreamAccount, user: StreamUser) -> Key:
    return Key.derived(account.secrets[user], Kind.ACCOUNT, "signer")


def _shown_only(user: StreamUser) -> bool:
    return model.rights_of(user).connection == "MQTT"


def _account_claims(account: StreamAccount) -> dict[str, Any]:
    return {
        "limits": {**dict.fromkeys(_UNBOUNDED, -1), "wildcards": True},
        "signing_keys": [_scope(_signer(account, user).public, user) for user in account.users],
        "type": "account",
        "version": _VERSION,
    }


def _scope(key: str, user: StreamUser) -> dict[str, Any]:
    rights = model.rights_of(user)
    template: dict[str, Any] = {
        "pub": _subjects(rights.publish),
        "sub": _subjects(rights.subscribe),
        "subs": -1,
        "data": -1,
        "payload": -1,
        "allowed_connection_types": [rights.connection],
    }
    if _shown_only(user):
        template["bearer_token"] = True
    return {"kind": "user_scope", "key": key, "role": user.value, "template": template}


def _subjects(allowed: Sequence[str]) -> dict[str, list[str]]:
    """An empty list of what is allowed would allow everything, so nothing is said by denying all."""
    return {"allow": list(allowed)} if allowed else {"deny": [">"]}


async def _claimed(system: Client, subject: str) -> dict[str, Any] | None:
    """The claims that the resolver holds, None when it has none."""
    try:
        answer = await system.request(f"$SYS.REQ.ACCOUNT.{subject}.CLAIMS.LOOKUP", b"", _LOOK_S)
    except NoAnswer:
        return None  # a resolver that has none may stay silent, so that another of its cluster can speak
    return claims_of(answer.data.decode())["nats"] if answer.data else None
