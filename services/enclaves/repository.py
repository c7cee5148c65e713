"""Every query of enclaves, on a tenant-bound unit of work."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select

from services.enclaves.contracts import ClusterKind, ClusterState
from services.enclaves.tables import ClusterTable, CredentialTable, EnclaveTable
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork


class Enclaves:
    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._session = uow.session

    async def enclave(self, *, lock: bool = False) -> EnclaveTable | None:
        statement = select(EnclaveTable)
        if lock:
            statement = statement.with_for_update()
        return (await self._session.exec(statement)).one_or_none()

    async def keep_enclave(self, account: str, bucket: str, now: datetime) -> None:
        """Writes it unless it is there: two who try at once end with the same row."""
        row = {"account": account, "bucket": bucket, "created_at": now}
        await self._keep(EnclaveTable, row)

    async def credentials(self) -> dict[str, CredentialTable]:
        """By purpose."""
        return {row.purpose: row for row in await self._session.exec(select(CredentialTable))}

    async def keep_credential(self, purpose: str, login: str, secret: str, now: datetime) -> None:
        """`secret` is encrypted already. An existing credential stays as it is."""
        row = {"purpose": purpose, "login": login, "secret": secret, "created_at": now}
        await self._keep(CredentialTable, row)

    async def put_credential(self, purpose: str, login: str, secret: str, now: datetime) -> None:
        """Like `keep_credential`, but takes the place of an existing one."""
        await self.keep_credential(purpose, login, secret, now)
        statement = select(CredentialTable).where(CredentialTable.purpose == purpose).with_for_update()
        row = (await self._session.exec(statement)).one()
        row.login, row.secret = login, secret
        self._session.add(row)

    async def clusters(self) -> list[ClusterTable]:
        return list(await self._session.exec(select(ClusterTable)))

    async def cluster(self, kind: ClusterKind, *, lock: bool = False) -> ClusterTable | None:
        statement = select(ClusterTable).where(ClusterTable.kind == kind.value)
        if lock:
            statement = statement.with_for_update()
        return (await self._session.exec(statement)).one_or_none()

    async def keep_cluster(self, kind: ClusterKind, now: datetime) -> ClusterTable:
        """The row of the cluster, locked; made, as not wanted, if needed."""
        row = {
            "kind": kind.value,
            "wanted": False,
            "generation": 0,
            "state": ClusterState.STOPPED.value,
            "detail": "",
            "wanted_at": now,
            "updated_at": now,
        }
        await self._keep(ClusterTable, row)
        found = await self.cluster(kind, lock=True)
        assert found is not None
        return found

    async def _keep(
        self, table: type[EnclaveTable] | type[CredentialTable] | type[ClusterTable], row: dict[str, object]
    ) -> None:
        values = {"tenant_id": self._uow.tenant, "id": new_id(), **row}
        await self._session.exec(insert(table).values(**values).on_conflict_do_nothing())  # pyright: ignore
