"""A tenant's credential rows, opened."""

from collections.abc import Mapping

from services.enclaves.contracts import BucketCredential, StreamUser
from services.enclaves.provisioner import StreamAccount
from services.enclaves.tables import CredentialTable, EnclaveTable
from services.enclaves.vault import Vault

BUCKET = "bucket"
Rows = Mapping[str, CredentialTable]
"""Credentials by purpose."""


def purpose(user: StreamUser) -> str:
    return f"stream:{user.value}"


def stream_account(vault: Vault, enclave: EnclaveTable, rows: Rows, *, is_open: bool = True) -> StreamAccount:
    """Raises `SecretUnreadable`."""
    secrets = {user: vault.open(rows[purpose(user)].secret) for user in StreamUser}
    return StreamAccount(enclave.account, secrets, is_open)


def bucket_credential(vault: Vault, enclave: EnclaveTable, rows: Rows, endpoint: str) -> BucketCredential | None:
    """None as long as none was made. Raises `SecretUnreadable`."""
    row = rows.get(BUCKET)
    return row and BucketCredential(endpoint, enclave.bucket, row.login, vault.open(row.secret))
