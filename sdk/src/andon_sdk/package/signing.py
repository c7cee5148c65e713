"""Signatures with keys that never leave their owner: model-signing (OpenSSF) over the bytes of the wheel.

Every file is covered, and so is its name, its place and whatever else the archive says, because all of them are bytes
of the one file that is signed. Nothing is asked of any server.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

_LARGEST = 1_000_000
"""Bytes of a signature; a true one has about a thousand."""


class SigningRefused(Exception):
    """A key or a wheel that cannot be used. The message says why and what to do."""


class SignatureBroken(Exception):
    """A signature that does not belong to the wheel, though a trusted key is named in it, or that is none."""


def signature_of(wheel: Path) -> Path:
    """Where the signature of a wheel lies: beside it."""
    return wheel.with_name(f"{wheel.name}.sig")


def make_keys(folder: Path, name: str = "andon-plugin") -> tuple[Path, Path]:
    """Writes a new private and public key (P-256) and returns their paths. Raises `FileExistsError`: no key is ever
    written over."""
    key = ec.generate_private_key(ec.SECP256R1())
    folder.mkdir(parents=True, exist_ok=True)
    private, public = folder / f"{name}.key", folder / f"{name}.pub"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
    with public.open("xb") as file:
        file.write(_pem(key.public_key()))
    return private, public


def fingerprint(public_key: Path) -> str:
    """SHA-256 of the public key's PEM, in hex: what a signature names its key by. Raises `SigningRefused`."""
    try:
        key = serialization.load_pem_public_key(public_key.read_bytes())
    except (ValueError, OSError) as error:
        raise SigningRefused(f"{public_key} is no public key in PEM: {error}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise SigningRefused(f"{public_key} is no elliptic key (P-256, P-384 or P-521): andon-sdk keys makes one.")
    return hashlib.sha256(_pem(key)).hexdigest()


def sign(wheel: Path, private_key: Path, out: Path | None = None, password: str | None = None) -> Path:
    """Signs every byte of the wheel and returns the signature's path: `out`, or beside the wheel.

    Raises `SigningRefused` for a key that is none.
    """
    from model_signing import signing  # noqa: PLC0415 - a third of a second that only signing needs

    if not wheel.is_file():
        raise SigningRefused(f"There is no wheel {wheel}: build it first with andon-sdk build.")
    try:
        config = signing.Config().use_elliptic_key_signer(private_key=private_key, password=password)
    except (ValueError, TypeError, OSError, AttributeError) as error:
        raise SigningRefused(f"{private_key} is no private elliptic key to sign with: {error}") from error
    out = out or signature_of(wheel)
    config.sign(wheel, out)
    return out


def signer_of(wheel: Path, signature: Path, trusted: Sequence[Path]) -> str | None:
    """Fingerprint of the trusted key that signed these bytes; None when it was signed by no trusted key.

    Raises `SignatureBroken` when a trusted key's signature does not fit the wheel, or the file is no signature.
    """
    hint = _hint(signature)
    key = next((key for key in trusted if fingerprint(key) == hint), None)
    if key is None:
        return None
    from model_signing import hashing, verifying  # noqa: PLC0415 - see above

    config = verifying.Config().use_elliptic_key_verifier(public_key=key)
    config.set_hashing_config(hashing.Config().use_file_serialization(max_workers=1))
    try:
        config.verify(wheel, signature)
    except Exception as error:  # whatever a hostile bundle makes the library raise, it is no signature
        raise SignatureBroken(f"{signature.name} is not the signature of these bytes") from error
    return hint


def _hint(signature: Path) -> str:
    """The key that a bundle names. A bundle that names none is no signature of ours: nothing is guessed."""
    try:
        if signature.stat().st_size > _LARGEST:
            raise SignatureBroken(f"{signature.name} is too large for a signature")
        hint = json.loads(signature.read_bytes())["verificationMaterial"]["publicKey"]["hint"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SignatureBroken(f"{signature.name} is no signature of model-signing with a key") from error
    if not isinstance(hint, str):
        raise SignatureBroken(f"{signature.name} does not name its key")
    return hint


def _pem(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
