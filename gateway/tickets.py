"""Addresses that are a credential of their own: where one staged file may be sent, by whoever has the address.

A ticket is sealed with the gateway's secret, so it tells nobody whose it is and cannot be made up; that it is good
once, and how long, is kept with the upload.
"""

import base64
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.bulk.errors import UploadNotFound
from services.kernel.ids import TenantId

PATH = "/v1/upload"
_LONGEST = 500
_BYTES = 16


class Tickets:
    def __init__(self, secret: bytes, base_path: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"andon gateway tickets").derive(secret)
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))
        self._base_path = base_path

    def address(self, tenant: TenantId, upload: UUID) -> str:
        """Path and query, to be put behind the gateway's origin."""
        ticket = self._fernet.encrypt(tenant.bytes + upload.bytes).decode()
        return f"{self._base_path}{PATH}?ticket={ticket}"

    def file(self, job: str) -> str:
        """Path of what the job of that global id gives; whoever asks there says who they are."""
        return f"{self._base_path}/v1/jobs/{job}/file"

    def notebook(self, version: str) -> str:
        """Path of the notebook that a version of a pipeline was made from; whoever asks there says who they are."""
        return f"{self._base_path}/v1/pipelines/{version}/notebook"

    def read(self, ticket: str) -> tuple[TenantId, UUID]:
        """(tenant, upload). Raises `UploadNotFound` for what is no ticket of ours."""
        try:
            raw = self._fernet.decrypt(ticket[:_LONGEST])
            return TenantId(UUID(bytes=raw[:_BYTES])), UUID(bytes=raw[_BYTES:])
        except (InvalidToken, ValueError) as error:
            raise UploadNotFound("There is no such upload, or its time is over. Ask for a new address.") from error
