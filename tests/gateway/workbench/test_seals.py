"""Tickets and cookies of visits."""

from uuid import uuid4

import pytest

from gateway.workbench.seals import COOKIE, TICKET, Seals
from services.workbench.errors import WorkbenchNotFound

SEALS = Seals(b"0123456789abcdef0123456789abcdef")


@pytest.mark.parametrize("kind", [TICKET, COOKIE])
def test_what_was_closed_is_opened(kind) -> None:
    tenant, visit = uuid4(), uuid4()
    assert SEALS.open(kind, SEALS.close(kind, tenant, visit)) == (tenant, visit)


def test_a_ticket_is_no_cookie() -> None:
    with pytest.raises(WorkbenchNotFound):
        SEALS.open(COOKIE, SEALS.close(TICKET, uuid4(), uuid4()))


@pytest.mark.parametrize("sealed", ["", "x", "gAAAA" * 200, Seals(b"another" * 6).close(COOKIE, uuid4(), uuid4())])
def test_what_is_none_of_ours_opens_nothing(sealed) -> None:
    with pytest.raises(WorkbenchNotFound):
        SEALS.open(COOKIE, sealed)
