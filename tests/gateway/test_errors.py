import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import nats.errors
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

import services
from gateway import errors
from gateway.errors import Refused, expected, kind_of, problem
from gateway.schema.kit import answer
from services.kernel.errors import (
    Conflict,
    DomainError,
    Exhausted,
    Forbidden,
    Invalid,
    NotFound,
    Unauthorised,
    Unavailable,
)

PAGE = (Path(__file__).parents[2] / "docs/reference/errors.md").read_text("utf-8")


class DrillMissing(NotFound):
    code = "DRILL_MISSING"


def of_ours() -> Iterator[type[DomainError]]:
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if module.name.rpartition(".")[2] in ("errors", "history"):
            importlib.import_module(module.name)

    def below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    return (kind for kind in below(DomainError) if kind.__module__.startswith(("services.", "gateway.")))


def made(kind: type[DomainError]) -> DomainError:
    return kind("x", retry_after=1.0) if issubclass(kind, Exhausted) else kind("x")


def test_every_code_is_documented_with_its_status_and_every_documented_code_exists():
    documented = {
        (code, int(status)) for code, status in re.findall(r"^\| `([A-Z_]+)` \| (\d+) \|", PAGE, re.MULTILINE)
    }
    assert documented == {(kind.code, kind_of(made(kind)).status) for kind in of_ours()}


@pytest.mark.parametrize(
    ("error", "status", "member"),
    [
        (NotFound("x"), 404, "NotFoundError"),
        (DrillMissing("x"), 404, "NotFoundError"),
        (Forbidden("x"), 403, "ForbiddenError"),
        (Unauthorised("x"), 401, None),
        (Invalid("x"), 422, "InvalidError"),
        (Conflict("x"), 409, "ConflictError"),
        (Exhausted("x", retry_after=2.5), 429, "ExhaustedError"),
        (Unavailable("x"), 503, "UnavailableError"),
        (errors.BodyTooLarge("x"), 413, None),
        (errors.MediaTypeRefused("x"), 415, None),
        (errors.HostRefused("x"), 421, None),
        (Refused("x"), 400, None),
    ],
)
def test_each_kind_has_a_status_and_a_member(error, status, member):
    assert (kind_of(error).status, kind_of(error).member) == (status, member)
    if member is None:
        with pytest.raises(type(error)):
            answer(error)
    else:
        assert type(answer(error)).__name__ == member


def test_waiting_is_told_in_whole_seconds():
    assert problem(Exhausted("x", retry_after=2.1))[1] == {"Retry-After": "3"}
    assert problem(Unavailable("x"))[1] == {"Retry-After": "1"}
    assert problem(Unavailable("x", retry_after=30))[1] == {"Retry-After": "30"}


def test_facts_are_json():
    facts = problem(Invalid("x", field="y", rows={3}, at=NotFound, most=1.5, none=None))[2]["facts"]
    assert facts == {"rows": [3], "at": str(NotFound), "most": 1.5, "none": None}


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("s", {}, Exception("gone")), PoolTimeout(), nats.errors.NoServersError(),
        nats.errors.TimeoutError(), ConnectionRefusedError(), TimeoutError(),
    ],
)  # fmt: skip
def test_a_part_that_is_away_is_unavailable(error):
    found = expected(error)
    assert isinstance(found, Unavailable)
    assert found.code == "UNAVAILABLE"


def test_a_defect_is_masked_and_logged_once(capsys):
    status, headers, body = problem(ZeroDivisionError("secret"))
    assert (status, headers, body["code"]) == (500, {}, "INTERNAL")
    assert "secret" not in str(body)
    printed = capsys.readouterr().out
    assert printed.count("unexpected error") == 1
    assert body["traceId"] in printed
