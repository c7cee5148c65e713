"""Anchors in a folder outside the database: a file a tenant, signed with the installation's secret.

The newest anchor says all that older ones say, since each digest stands on those before. It is put in place of the
older one only after the trail was seen to still go through that one, so a trail that is written anew cannot replace
its own witness. Of a tenant that was deleted a line stays, with the end of its trail.
"""

import fcntl
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.audit.contracts import Anchor, Burial


class AnchorForged(Exception):
    """An anchor's file does not carry our signature."""


class Anchors:
    """Creating it twice over one folder is harmless; several processes may write."""

    def __init__(self, folder: Path, installation_secret: str) -> None:
        self._folder = folder
        self._key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"andon audit anchors").derive(
            installation_secret.encode()
        )
        self._burials = folder / "deleted.jsonl"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def tenants(self) -> list[UUID]:
        """Those that an anchor is kept of."""
        return sorted(UUID(path.stem) for path in self._folder.glob("*.json"))

    def read(self, tenant: UUID) -> Anchor | None:
        """Raises `AnchorForged`."""
        try:
            content = json.loads(self._path(tenant).read_bytes())
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise AnchorForged(f"The anchor of tenant {tenant} cannot be read: its file was damaged.") from error
        fields = {key: content.get(key) for key in ("tenant", "number", "digest", "at")}
        if fields["tenant"] != str(tenant) or not hmac.compare_digest(str(content.get("mac")), self._mac(fields)):
            raise AnchorForged(f"The anchor of tenant {tenant} does not carry this installation's signature.")
        return Anchor(tenant, fields["number"], fields["digest"], datetime.fromisoformat(fields["at"]))

    def write(self, anchor: Anchor) -> None:
        """Keeps the anchor unless a newer one is there; on disk when it returns."""
        with self._turn():
            known = self.read(anchor.tenant)
            if known is not None and known.number >= anchor.number:
                return
            fields = {
                "tenant": str(anchor.tenant),
                "number": anchor.number,
                "digest": anchor.digest,
                "at": anchor.at.isoformat(),
            }
            path = self._path(anchor.tenant)
            fresh = path.with_suffix(".new")
            with fresh.open("w") as file:
                json.dump({**fields, "mac": self._mac(fields)}, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)

    def bury(self, burial: Burial) -> None:
        """Puts a line about the tenant's deletion, signed like an anchor, in the anchor's place; once, however often it
        is told."""
        fields = {name: str(value) for name, value in asdict(burial).items()}
        line = json.dumps({**fields, "mac": self._mac(fields)}, ensure_ascii=False) + "\n"
        with self._turn():
            with self._burials.open("a+") as file:
                file.seek(0)
                if line not in file:
                    file.write(line)
                    file.flush()
                    os.fsync(file.fileno())
            self.forget(burial.tenant)

    def burials(self) -> list[Burial]:
        """In the order of deletion. Raises `AnchorForged`."""
        if not self._burials.exists():
            return []
        found = []
        for line in self._burials.read_text().splitlines():
            fields: dict[str, str] = json.loads(line)
            if not hmac.compare_digest(fields.pop("mac", ""), self._mac(fields)):
                raise AnchorForged("A line about a deleted tenant does not carry this installation's signature.")
            asked_at, number = datetime.fromisoformat(fields.pop("asked_at")), int(fields.pop("number"))
            found.append(Burial(UUID(fields.pop("tenant")), asked_at=asked_at, number=number, **fields))
        return found

    def forget(self, tenant: UUID) -> None:
        self._path(tenant).unlink(missing_ok=True)

    def _path(self, tenant: UUID) -> Path:
        return self._folder / f"{tenant.hex}.json"

    def _mac(self, fields: Mapping[str, object]) -> str:
        return hmac.digest(self._key, json.dumps(fields, sort_keys=True).encode(), "sha256").hex()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with (self._folder / ".turn").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
