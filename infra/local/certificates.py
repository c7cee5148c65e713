"""A certificate authority of one installation, for the inner ports of the object server (mutual TLS)."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from infra.local.state import State

_LIFE = timedelta(days=3650)
_RENEW_BEFORE = timedelta(days=365)


def ensure(state: State, folder: Path) -> None:
    """Writes `ca.crt`, `tls.crt` and `tls.key` into `folder` unless they are there and last another year.

    The authority's key is thrown away at once: nobody can ever sign a second certificate.
    """
    present = folder / "tls.crt"
    if present.exists():
        until = x509.load_pem_x509_certificate(present.read_bytes()).not_valid_after_utc
        if until - datetime.now(UTC) > _RENEW_BEFORE:
            return
    authority, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _name("andon local authority")
    root = _builder(issuer, issuer, authority).add_extension(x509.BasicConstraints(True, 0), critical=True)
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    end = (
        _builder(_name("andon objects"), issuer, leaf)
        .add_extension(address, critical=False)
        .add_extension(x509.ExtendedKeyUsage(both), critical=False)
    )
    pem = serialization.Encoding.PEM
    key = leaf.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    state.write_private(folder / "ca.crt", root.sign(authority, hashes.SHA256()).public_bytes(pem))
    state.write_private(folder / "tls.key", key)
    state.write_private(folder / "tls.crt", end.sign(authority, hashes.SHA256()).public_bytes(pem))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LIFE)
    )
