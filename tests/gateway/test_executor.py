"""What is shown at once is what GraphQL's usual way shows field by field: values, order, nulls and errors."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from types import SimpleNamespace
from typing import Annotated, Any

import hypothesis_graphql
import pytest
import strawberry
from gateway_client import signed_in
from hypothesis import HealthCheck, given, settings
from many_assets import seed
from portal_documents import document
from strawberry.dataloader import DataLoader

from gateway import executor
from gateway.executor import SHOWN, Executor
from gateway.schema.kit import loaded
from services.kernel.ids import new_id
from services.tenancy import api as tenancy


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Wheel(Named):
    size: int
    worn: float | None
    at: datetime

    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return isinstance(value, TheWheel)

    @strawberry.field
    @staticmethod
    def old(parent: strawberry.Parent[Any]) -> bool:
        return parent.worn is not None


@strawberry.type
class Owner(Named):
    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return isinstance(value, TheOwner)

    best = loaded(Annotated["Car", strawberry.lazy(__name__)] | None, "cars", "car")


@strawberry.type
class Car(Named):
    colour: Colour
    wheels: list[Wheel]
    spare: Wheel | None
    tags: list[str | None] | None
    owner = loaded(Owner, "owners", "owner_id")
    next = loaded(Annotated["Car", strawberry.lazy(__name__)] | None, "cars", "next_id")

    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return isinstance(value, TheCar)

    @strawberry.field(metadata={SHOWN: lambda kind, parent: f"{kind} {parent.name}"})
    @staticmethod
    def id(parent: strawberry.Parent[Any], info: strawberry.Info) -> strawberry.ID:
        return strawberry.ID(f"{info.path.typename} {parent.name}")

    @strawberry.field
    @staticmethod
    async def price(parent: strawberry.Parent[Any], of: int = 1) -> int:
        return len(parent.name) * of


@dataclass
class TheWheel:
    name: str
    size: Any
    worn: float | None = None
    at: datetime = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class TheCar:
    name: str
    owner_id: int | None
    next_id: int | None = None
    colour: Any = Colour.BLUE
    wheels: Any = field(default_factory=lambda: [TheWheel("front", 3), TheWheel("back", 4, 0.5)])
    spare: Any = None
    tags: Any = field(default_factory=lambda: ["a", None])


@dataclass
class TheOwner:
    name: str
    car: int | None = None


SOUND = [TheCar("one", 1, 1), TheCar("two", 2, 0, spare=TheWheel("spare", 1)), TheCar("three", 1, tags=None)]


@strawberry.type
class Query:
    @strawberry.field(graphql_type=list[Car])
    def cars(self, info: strawberry.Info[Any, None]) -> list[TheCar]:
        return info.context.rows

    @strawberry.field(graphql_type=list[Car | None])
    def maybe(self, info: strawberry.Info[Any, None]) -> list[TheCar | None]:
        return [None, *info.context.rows]

    @strawberry.field(graphql_type=Car | None)
    async def car(self, info: strawberry.Info[Any, None], at: int = 0) -> TheCar:
        return info.context.rows[at % len(info.context.rows)]

    @strawberry.field(graphql_type=Named | None)
    def named(self, info: strawberry.Info[Any, None]) -> Any:
        return info.context.rows[0].wheels[0]


def schema(kind: Any) -> strawberry.Schema:
    return strawberry.Schema(Query, types=[Wheel], execution_context_class=kind)


OURS, USUAL = schema(Executor), schema(None)


class Context:
    def __init__(self, rows: list[TheCar], owners: dict[int, Any]) -> None:
        self.rows, self.rounds = rows, list[list[int]]()
        owners_of = DataLoader(load_fn=self._of(owners))
        self.loaders = SimpleNamespace(owners=owners_of, cars=DataLoader(load_fn=self._of(dict(enumerate(rows)))))

    def _of(self, found: dict[int, Any]) -> Any:
        async def load(keys: list[int]) -> list[Any]:
            self.rounds.append(sorted(keys))
            return [found.get(key) for key in keys]

        return load


async def both(query: str, rows: list[TheCar] = SOUND, owners: dict[int, Any] | None = None, **variables: Any) -> Any:
    """What both answer, which must be the same."""
    known = {1: TheOwner("Ada", 2), 2: TheOwner("Bob")} if owners is None else owners
    answers = []
    for each in (OURS, USUAL):
        result = await each.execute(query, variables, context_value=Context(rows, known))
        # Errors of fields that are awaited together come in any order.
        errors = sorted((error.formatted for error in result.errors or []), key=lambda each: str(each.get("path")))
        answers.append((result.data, errors))
    ours, usual = answers
    assert ours == usual
    assert str(ours[0]) == str(usual[0])  # the order of the fields too
    return ours


def in_usual_way(monkeypatch) -> list[Any]:
    """Types that were not shown at once, from here on."""
    found = list[Any]()
    original = Executor._shown

    def shown(self, show, value, usual):
        return original(self, show, value, lambda: (found.append(value), usual())[1])

    monkeypatch.setattr(Executor, "_shown", shown)
    return found


async def test_plain_fields_and_edges_of_a_list(monkeypatch):
    slow = in_usual_way(monkeypatch)
    query = """{ cars { id __typename other: name colour tags wheels { name size worn old at } spare { size }
      owner { name best { name owner { name } } } next { name next { name } } } }"""
    data, errors = await both(query)
    assert errors == []
    assert data["cars"][1] == {
        "id": "Car two",
        "__typename": "Car",
        "other": "two",
        "colour": "BLUE",
        "tags": ["a", None],
        "wheels": [
            {"name": "front", "size": 3, "worn": None, "old": False, "at": "2026-03-01T00:00:00+00:00"},
            {"name": "back", "size": 4, "worn": 0.5, "old": True, "at": "2026-03-01T00:00:00+00:00"},
        ],
        "spare": {"size": 1},
        "owner": {"name": "Bob", "best": None},
        "next": {"name": "one", "next": {"name": "two"}},
    }
    assert slow == []


async def test_edges_are_loaded_once_a_level_for_the_whole_list():
    context = Context(SOUND, {1: TheOwner("Ada", 2), 2: TheOwner("Bob")})
    await OURS.execute("{ cars { owner { best { owner { name } } } } }", context_value=context)
    assert context.rounds == [[1, 2], [2]]


async def test_fragments_and_conditions():
    query = """query q($yes: Boolean!, $no: Boolean!) { cars { ...of @include(if: $yes) spare @skip(if: $yes) { name }
      wheels { ... on Wheel { size } ... on Named { name @include(if: $no) } } } }
      fragment of on Car { name wheels { worn } }"""
    for yes in (True, False):
        for no in (True, False):
            assert (await both(query, yes=yes, no=no))[1] == []


async def test_what_is_not_plain_goes_beside_what_is():
    data, errors = await both("{ cars { name price(of: 2) wheels { size } } car(at: 1) { name price } maybe { name } }")
    assert (data["cars"][0]["price"], data["car"]["price"], data["maybe"][0]) == (6, 3, None)
    assert errors == []
    assert (await both("{ named { name __typename } }"))[0] == {"named": {"name": "front", "__typename": "Wheel"}}


@pytest.mark.parametrize(
    ("car", "path"),
    [
        (TheCar("x", None), ["cars", 0, "owner"]),
        (TheCar("x", 9), ["cars", 0, "owner"]),
        (TheCar("x", 1, colour="green"), ["cars", 0, "colour"]),
        (TheCar("x", 1, wheels=[TheWheel("w", "big")]), ["cars", 0, "wheels", 0, "size"]),
        (TheCar("x", 1, wheels=[object()]), ["cars", 0, "wheels", 0]),
        (TheCar("x", 1, wheels=7), ["cars", 0, "wheels"]),
        (TheCar("x", 1, wheels=None), ["cars", 0, "wheels"]),
        (TheCar(None, 1), ["cars", 0, "name"]),  # type: ignore[arg-type]
    ],
)
async def test_a_value_that_is_not_as_promised_is_told_as_ever(car, path):
    data, errors = await both("{ cars { name colour wheels { size } owner { name } } }", [car])
    assert data is None
    assert errors[0]["path"] == path


async def test_an_error_of_one_that_may_be_null_leaves_the_others():
    broken = TheCar("x", 1, spare=TheWheel("w", "big"))
    data, errors = await both("{ cars { name spare { size } } maybe { spare { size } } }", [SOUND[1], broken])
    assert data["cars"] == [{"name": "two", "spare": {"size": 1}}, {"name": "x", "spare": None}]
    assert [error["path"] for error in errors] == [["cars", 1, "spare", "size"], ["maybe", 2, "spare", "size"]]


async def test_a_loader_that_fails_is_told_at_each_edge():
    data, errors = await both("{ maybe { name owner { name } } }", owners={1: ValueError("away"), 2: TheOwner("Bob")})
    assert data["maybe"] == [None, None, {"name": "two", "owner": {"name": "Bob"}}, None]
    assert {error["message"] for error in errors} == {"away"}


async def test_edges_without_end_are_left_to_the_usual_way(monkeypatch):
    monkeypatch.setattr(executor, "_ROUNDS", 2)
    deep = "{ cars { next { next { next { next { name } } } } } }"
    rows = [TheCar(str(number), 1, number + 1) for number in range(9)]
    assert (await both(deep, rows))[1] == []


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=hypothesis_graphql.queries(OURS.as_str(), allow_null=False))
async def test_any_query(query):
    await both(query)


@pytest.mark.platform
async def test_the_portals_longest_lists_are_shown_at_once(platform, app, monkeypatch):
    """One resolver that asks, in a row, would make a page four times as slow."""
    tenant = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Fleet")
    await seed(platform.platform, tenant.id, 10)
    who = await signed_in(app, tenant)
    slow = in_usual_way(monkeypatch)
    page = await who.ask(document("Fleet"), first=10, counted=False)
    assert len(page["assets"]["edges"]) == 10
    assert slow == []
    await who.ask(document("Alarms"), first=10, states=["ACTIVE"])
    assert slow == []
