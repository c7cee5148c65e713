"""What goes to the database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from services.kernel.uow import Database

_SEEN = re.compile(r"UPDATE (login_session SET last_seen_at|api_key SET last_used_at)")


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that are sent inside the block, in order; at its end without the note that a credential was used,
    which is written once a minute."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
        for place in reversed([place for place, statement in enumerate(sent) if _SEEN.match(statement)]):
            del sent[place - 1 : place + 1]  # with the one that entered the tenant for it
