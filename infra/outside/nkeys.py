"""Keys and signed claims of NATS's operator mode.

A key is an Ed25519 pair in NATS's writing: base32 of a byte that tells the kind, the 32 bytes, and a CRC-16 (XMODEM),
so that a public key begins with O, A or U and a seed with SO, SA or SU. Claims are a JSON Web Token of NATS's own
algorithm `ed25519-nkey` (format: github.com/nats-io/nkeys and github.com/nats-io/jwt, version 2).
"""

import base64
import binascii
import hashlib
import json
import time
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_SEED = 18 << 3
_HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}


class Kind(IntEnum):
    ACCOUNT = 0
    OPERATOR = 14 << 3
    USER = 20 << 3


class NotAKey(ValueError):
    """A text that was given as a seed is none, or one of another kind."""


@dataclass(frozen=True, slots=True)
class Key:
    kind: Kind
    secret: bytes = field(repr=False)

    @classmethod
    def of_seed(cls, text: str, kind: Kind) -> Self:
        """Reads `SO…`, `SA…` or `SU…`. Raises `NotAKey`, which does not repeat the text."""
        letter = kind.name[0]
        wrong = NotAKey(f"expected a seed of NATS that begins with S{letter}, as `nsc` and `nk` write it")
        try:
            data = _unbase32(text.strip())
        except binascii.Error:
            raise wrong from None
        if len(data) != 36 or _checked(data[:-2]) != data or data[:2] != _seed_prefix(kind):
            raise wrong
        return cls(kind, data[2:-2])

    @classmethod
    def derived(cls, secret: str, kind: Kind, purpose: str) -> Self:
        """The key of that secret and purpose (HKDF, RFC 5869): always the same one."""
        info = f"andon nkey {kind.name} {purpose}".encode()
        return cls(kind, HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode()))

    @property
    def public(self) -> str:
        raw = Ed25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw()
        return _base32(_checked(bytes([self.kind]) + raw))

    @property
    def seed(self) -> str:
        return _base32(_checked(_seed_prefix(self.kind) + self.secret))

    def sign(self, message: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.secret).sign(message)


def account_token(name: str, subject: str, claims: dict[str, Any], issuer: Key) -> str:
    """Claims of an account. A resolver keeps the younger of two, so they carry the time."""
    return _token({"name": name, "sub": subject, "iat": int(time.time()), "nats": claims}, issuer)


def user_token(name: str, subject: str, claims: dict[str, Any], issuer: Key) -> str:
    """Claims of a user. Without a time, so that equal claims are an equal token: who compares sees no change."""
    return _token({"name": name, "sub": subject, "nats": claims}, issuer)


def claims_of(token: str) -> dict[str, Any]:
    """What a token claims, unverified. Raises `ValueError` when it is none."""
    _, body, _ = token.split(".")
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def _token(claims: dict[str, Any], issuer: Key) -> str:
    whole = {**claims, "iss": issuer.public}
    digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).digest()
    text = f"{_part(_HEADER)}.{_part({**whole, 'jti': _base32(digest)})}"
    return f"{text}.{_url64(issuer.sign(text.encode()))}"


def _part(content: dict[str, Any]) -> str:
    return _url64(json.dumps(content, separators=(",", ":")).encode())


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")


def _unbase32(text: str) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8))


def _checked(data: bytes) -> bytes:
    return data + binascii.crc_hqx(data, 0).to_bytes(2, "little")


def _seed_prefix(kind: Kind) -> bytes:
    """The kind's byte spread over two, after the five bits that say "seed"."""
    return bytes([_SEED | kind >> 5, (kind & 31) << 3])
