"""Secrets at rest: readable with the installation's key only, which is never in the database."""

import base64
import secrets

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.enclaves.errors import SecretUnreadable


def new_secret() -> str:
    """43 random characters that need no quoting in a configuration file or a URL."""
    return secrets.token_urlsafe(32)


class Vault:
    """Encrypts and decrypts with a key derived (HKDF, RFC 5869) from the installation's secret."""

    def __init__(self, installation_secret: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"andon enclave credentials")
        self._fernet = Fernet(base64.urlsafe_b64encode(derived.derive(installation_secret.encode())))

    def close(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, kept: str) -> str:
        """Raises `SecretUnreadable`."""
        try:
            return self._fernet.decrypt(kept.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable(
                "A stored credential cannot be decrypted: the installation's key is not the one it was kept with. "
                "Restore the key from the backup of the state folder, or rotate the tenant's credentials."
            ) from error
