"""The tenant's bucket, as workers see it."""

import io
from dataclasses import dataclass
from functools import cache

from minio import Minio
from minio.error import S3Error


@dataclass(frozen=True, slots=True)
class BucketAccess:
    """A place and its credential; travels to the workers."""

    endpoint: str
    """`http://host:port`."""
    bucket: str
    access_key: str
    secret_key: str

    def client(self) -> Minio:
        return _client(self)

    def get(self, name: str, start: int = 0, length: int = 0) -> bytes | None:
        """The object's bytes, or `length` of them from `start` on; None if there is no such object."""
        try:
            response = _client(self).get_object(self.bucket, name, offset=start, length=length)
        except S3Error as error:
            if error.code == "NoSuchKey":
                return None
            raise
        try:
            return response.read()
        finally:
            response.close()
            response.release_conn()

    def put(self, name: str, data: bytes) -> None:
        _client(self).put_object(self.bucket, name, io.BytesIO(data), len(data))


@cache
def _client(access: BucketAccess) -> Minio:
    host = access.endpoint.removeprefix("http://").removeprefix("https://")
    return Minio(
        host, access_key=access.access_key, secret_key=access.secret_key, secure=access.endpoint.startswith("https://")
    )
