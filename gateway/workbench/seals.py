"""What a browser is given for a visit: a ticket in an address, good once, and then a cookie. Both are sealed, so that
neither tells whose it is, can be made up, or stands for the other."""

import base64
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.kernel.ids import TenantId
from services.workbench.errors import WorkbenchNotFound

TICKET, COOKIE = b"t", b"c"
_LONGEST, _BYTES = 500, 16


class Seals:
    def __init__(self, secret: bytes) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"andon gateway workbench").derive(secret)
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def close(self, kind: bytes, tenant: TenantId, visit: UUID) -> str:
        return self._fernet.encrypt(kind + tenant.bytes + visit.bytes).decode()

    def open(self, kind: bytes, sealed: str) -> tuple[TenantId, UUID]:
        """(tenant, visit). Raises `WorkbenchNotFound` for what is none of ours, or of the other kind."""
        try:
            raw = self._fernet.decrypt(sealed[:_LONGEST])
            if raw[:1] != kind:
                raise ValueError("of the other kind")
            return TenantId(UUID(bytes=raw[1 : 1 + _BYTES])), UUID(bytes=raw[1 + _BYTES :])
        except (InvalidToken, ValueError) as error:
            raise WorkbenchNotFound("This workbench is not open here. Open it from the portal.") from error
