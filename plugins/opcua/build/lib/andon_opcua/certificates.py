"""The client's own certificate, and servers' certificates that were pinned.

A pin is the certificate that was seen first, or the fingerprint that a person gave. A server that comes with another
one is refused: either it was given a new certificate, which a person confirms by deleting the pin, or it is another
server.
"""

import hashlib
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from asyncua.crypto.cert_gen import dump_private_key_as_pem, generate_private_key, generate_self_signed_app_certificate
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from andon_sdk.connector import SettingsRefused

VALID_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the client is: files, and the address that the certificate was made for."""

    certificate: Path
    private_key: Path
    uri: str


def own(folder: Path) -> Identity:
    """The certificate and key in `folder`, made if they are not there; the key can be read by its owner only."""
    certificate, key = folder / "client.der", folder / "client.key.pem"
    if not certificate.exists() or not key.exists():
        host = socket.gethostname()
        private = generate_private_key()
        made = generate_self_signed_app_certificate(
            private,
            f"Andon edge on {host}"[:64],
            {"organizationName": "Andon"},
            [x509.UniformResourceIdentifier(f"urn:{host}:andon:edge"), x509.DNSName(host)],
            [ExtendedKeyUsageOID.CLIENT_AUTH],
            VALID_DAYS,
        )
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(dump_private_key_as_pem(private))
        certificate.write_bytes(made.public_bytes(Encoding.DER))
    return given(certificate, key)


def given(certificate: Path, key: Path) -> Identity:
    """An identity from files that exist. Raises `SettingsRefused`."""
    try:
        data = certificate.read_bytes()
        key.read_bytes()
        read = x509.load_pem_x509_certificate if certificate.suffix == ".pem" else x509.load_der_x509_certificate
        names = read(data).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    except (OSError, ValueError, x509.ExtensionNotFound) as error:
        raise SettingsRefused(f"The certificate {certificate} or its key {key} cannot be used: {error}.") from error
    if not uris:
        raise SettingsRefused(
            f"The certificate {certificate} names no application URI, without which OPC UA servers refuse it."
        )
    return Identity(certificate, key, uris[0])


def fingerprint(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest()


def pin(der: bytes, folder: Path, place: str, wanted: str | None) -> None:
    """Holds a server's certificate against the pin for `place`, or pins it. Raises `SettingsRefused`."""
    seen = fingerprint(der)
    if wanted is not None:
        if re.sub(r"[\s:]", "", wanted).lower() != seen:
            raise SettingsRefused(
                f"{place} shows a certificate with the fingerprint {seen}, and server_certificate says {wanted}. "
                "If the server was given a new certificate, put its fingerprint there."
            )
        return
    file = folder / f"server-{re.sub(r'[^A-Za-z0-9.-]', '-', place)}.der"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(der)
    elif file.read_bytes() != der:
        raise SettingsRefused(
            f"{place} shows another certificate (fingerprint {seen}) than when it was first seen. If the server "
            f"was given a new certificate, delete {file}; if not, something stands between this machine and the server."
        )
