"""A change that is asked for twice takes effect once.

Who asks marks the change with a key. The first unit of work that comes with it writes a claim beside what it changes,
in one transaction: so there are both or neither. A unit that comes with the same key while the first is under way waits
in Postgres for its end; after it, the claim's answer is given again and nothing is done.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.kernel.errors import IdempotencyKeyReused
from services.kernel.tables import IdempotencyClaimRow as Row
from services.kernel.uow import UnitOfWork

KEPT = timedelta(hours=24)
"""How long a claim answers for its key."""
LONGEST_KEY = 200
_MANY = 500


@dataclass(frozen=True, slots=True)
class Claim:
    actor: UUID
    """Each actor's keys are its own: nobody is answered what another asked."""
    key: str
    digest: str
    """Of what is asked, so that a key used for something else is seen."""


async def claim(uow: UnitOfWork, wanted: Claim, now: datetime) -> str | None:
    """The answer kept under the key; None when the change is the caller's to make, who then calls `keep`.

    Raises `IdempotencyKeyReused` when the key was used for something else within `KEPT`.
    """
    await _forget(uow, wanted, now - KEPT)
    values = {
        "tenant_id": uow.tenant, "actor": wanted.actor, "key": wanted.key, "digest": wanted.digest, "created_at": now,
    }  # fmt: skip
    ours = insert(Row).values(values).on_conflict_do_nothing().returning(col(Row.key))
    if (await uow.session.execute(ours)).first() is not None:
        return None
    kept = await uow.session.get_one(Row, (uow.tenant, wanted.actor, wanted.key))
    if kept.digest != wanted.digest:
        raise IdempotencyKeyReused(
            "This idempotency key was used for another change within 24 hours. Take a new key for a new change.",
            field="idempotencyKey",
        )
    assert kept.answer is not None, "a claim is committed with its answer"
    return kept.answer


async def keep(uow: UnitOfWork, made: Claim, answer: str) -> None:
    """Writes the answer of a change under its claim, to be committed with it."""
    mine = (col(Row.actor) == made.actor) & (col(Row.key) == made.key)
    await uow.session.execute(update(Row).where(mine).values(answer=answer))


async def _forget(uow: UnitOfWork, wanted: Claim, before: datetime) -> None:
    """The claim's own predecessor if it is from before that time, and some others that are."""
    old = select(Row.actor, Row.key).where(col(Row.created_at) < before).limit(_MANY).with_for_update(skip_locked=True)
    row = tuple_(col(Row.actor), col(Row.key))
    gone = (col(Row.created_at) < before) & ((row == tuple_(wanted.actor, wanted.key)) | row.in_(old))
    await uow.session.execute(delete(Row).where(gone), execution_options={"synchronize_session": False})
