"""Password hashing: argon2id with the library's defaults (RFC 9106, low-memory profile), off the event loop."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody's password, hashed so that an unknown address takes as long as a wrong password")


async def hash_password(password: str) -> str:
    return await asyncio.to_thread(_hasher.hash, password)


async def matches(password: str, password_hash: str | None) -> bool:
    """False for None, after the same work."""
    try:
        await asyncio.to_thread(_hasher.verify, password_hash or _NOBODY, password)
    except VerifyMismatchError:
        return False
    return password_hash is not None
