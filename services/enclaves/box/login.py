"""How a client of the stream proves who it is: by a password, or by a token and a signature.

Where an operator's keys rule the stream, a user's secret is `<token> <seed>`: the token is shown, the seed signs what
the server asks to be signed and never leaves this process. Everywhere else it is a password.
"""

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def proof(user: str, secret: str) -> dict[str, Any]:
    """Arguments for `nats.aio.client.Client.connect`."""
    token, _, seed = secret.partition(" ")
    if not seed:
        return {"user": user, "password": secret}
    key = Ed25519PrivateKey.from_private_bytes(_raw(seed))
    return {
        "user_jwt_cb": lambda: bytearray(token.encode()),
        "signature_cb": lambda nonce: base64.b64encode(key.sign(nonce.encode())),
    }


def _raw(seed: str) -> bytes:
    """The 32 bytes in a seed of NATS's writing: two bytes tell its kind, two at the end are a check."""
    return base64.b32decode(seed + "=" * (-len(seed) % 8))[2:-2]
