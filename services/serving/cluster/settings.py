"""What a serving cluster was given: where its stream and its objects are, and the credentials of this one tenant."""

from dataclasses import dataclass

from minio import Minio


@dataclass(frozen=True, slots=True)
class ServingSettings:
    """Travels to the replica and its child processes as a dictionary; never logged."""

    stream_url: str
    stream_user: str
    stream_password: str
    inbox_prefix: str
    endpoint: str
    """`http://host:port` of the object store."""
    bucket: str
    access_key: str
    secret_key: str
    scratch: str
    """A folder on a disk: artefacts lie there while they serve."""

    def objects(self) -> Minio:
        secure = self.endpoint.startswith("https://")
        host = self.endpoint.split("://", 1)[-1]
        return Minio(host, access_key=self.access_key, secret_key=self.secret_key, secure=secure)
