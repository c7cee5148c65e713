"""A mutation sent twice under one key."""

import ast
import asyncio
import importlib
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from gateway_client import Examples, Gql, http_client, make_app, make_key, signed_in
from pydantic import TypeAdapter

import gateway
from gateway.answers import answer_type
from gateway.schema.root import build
from services.kernel.ids import new_id
from services.kernel.rights import Role

CORE = build()._schema
MUTATIONS = CORE.mutation_type.fields

ADD = """mutation m($input: AddMemberInput!) { result: addMember(input: $input) {
  __typename ... on Member { id email role } ... on Error { code field message } } }"""
MAKE_KEY = """mutation m($input: CreateApiKeyInput!) { result: createApiKey(input: $input) {
  __typename ... on NewApiKey { secret key { id } } ... on Error { code field message } } }"""
MEMBERS = "{ members { id email } }"


def person(key: str | None, email: str | None = None, **more: object) -> dict:
    email = email or f"{new_id().hex}@example.com"
    return {
        "email": email,
        "name": "Kim",
        "role": "OPERATOR",
        "password": "a long password",
        "idempotencyKey": key,
    } | more


async def result(asker, query: str, **input: object) -> dict:
    return (await asker.ask(query, input=input))["result"]


async def emails(asker) -> list[str]:
    return [each["email"] for each in (await asker.ask(MEMBERS))["members"]]


def used_in_mutations() -> list:
    """Every use case that the schema runs by `change`."""
    found = []
    for path in sorted(Path(gateway.__file__).parent.glob("schema/*.py")):
        module = importlib.import_module(f"gateway.schema.{path.stem}")
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "info.context.change":
                service, _, name = ast.unparse(node.args[0]).partition(".")
                found.append(getattr(vars(module)[service], name))
    return found


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutation_takes_a_key(name):
    fields = MUTATIONS[name].args["input"].type.of_type.fields
    assert str(fields["idempotencyKey"].type) == "String"
    assert fields["idempotencyKey"].default_value is None


def test_the_answer_of_every_use_case_can_be_kept():
    use_cases = used_in_mutations()
    assert len(use_cases) == len(MUTATIONS)
    assert all(isinstance(answer_type(each), TypeAdapter) for each in use_cases)


@pytest.mark.platform
class TestTwice:
    async def test_it_takes_effect_once_and_answers_the_same(self, admin):
        input = person("k-1")
        first, again = await result(admin, ADD, **input), await result(admin, ADD, **input)
        assert first["__typename"] == "Member"
        assert first == again
        assert (await emails(admin)).count(input["email"]) == 1

    async def test_without_a_key_it_is_done_again(self, admin):
        input = person(None)
        await result(admin, ADD, **input)
        assert (await result(admin, ADD, **input))["code"] == "MEMBER_EXISTS"

    async def test_a_secret_that_is_shown_once_comes_again_and_is_kept_sealed(self, admin, platform, tenant):
        input = {"name": "gauge", "scopes": ["VIEW"], "idempotencyKey": "k-2"}
        first, again = await result(admin, MAKE_KEY, **input), await result(admin, MAKE_KEY, **input)
        assert first["secret"].startswith("andon_")
        assert first == again
        with psycopg.connect(platform.superuser_url) as connection:
            kept = connection.execute(
                "SELECT answer FROM idempotency_claim WHERE tenant_id = %s AND key = 'k-2'", [tenant.id]
            ).fetchone()
        assert kept is not None
        assert first["secret"] not in kept[0]

    async def test_many_at_once_are_one(self, admin):
        input = person("k-3")
        answers = await asyncio.gather(*(result(admin, ADD, **input) for _ in range(8)))
        assert answers == [answers[0]] * 8
        assert answers[0]["__typename"] == "Member"
        assert (await emails(admin)).count(input["email"]) == 1


@pytest.mark.platform
class TestAnotherChange:
    async def test_other_input_is_refused_and_changes_nothing(self, admin):
        await result(admin, ADD, **person("k-4"))
        other = person("k-4")
        refused = await result(admin, ADD, **other)
        assert (refused["__typename"], refused["code"], refused["field"]) == (
            "ConflictError", "IDEMPOTENCY_KEY_REUSED", "idempotencyKey",
        )  # fmt: skip
        assert other["email"] not in await emails(admin)

    async def test_so_is_another_mutation(self, admin):
        await result(admin, ADD, **person("k-5"))
        refused = await result(admin, MAKE_KEY, name="gauge", scopes=["VIEW"], idempotencyKey="k-5")
        assert refused["code"] == "IDEMPOTENCY_KEY_REUSED"

    async def test_what_was_refused_did_not_use_the_key_up(self, admin):
        short = await result(admin, ADD, **person("k-6", password="short"))
        assert short["code"] == "PASSWORD_TOO_SHORT"
        assert (await result(admin, ADD, **person("k-6")))["__typename"] == "Member"

    async def test_keys_belong_to_who_uses_them(self, app, admin, stranger, tenant):
        mine, colleague = person("k-7"), await signed_in(app, tenant)
        await result(admin, ADD, **mine)
        for other in (colleague, stranger):
            theirs = person("k-7")
            assert (await result(other, ADD, **theirs))["email"] == theirs["email"]
            assert theirs["email"] in await emails(other)

    async def test_a_day_later_the_key_is_new(self, admin, platform, tenant):
        first = person("k-8")
        await result(admin, ADD, **first)
        with psycopg.connect(platform.superuser_url) as connection:
            connection.execute(
                "UPDATE idempotency_claim SET created_at = created_at - %s WHERE tenant_id = %s",
                [timedelta(hours=24, seconds=1), tenant.id],
            )
        later = person("k-8")
        assert (await result(admin, ADD, **later))["email"] == later["email"]
        with psycopg.connect(platform.superuser_url) as connection:
            left = connection.execute("SELECT count(*) FROM idempotency_claim WHERE tenant_id = %s", [tenant.id])
            assert left.fetchone() == (1,)

    async def test_rights_are_asked_for_each_time(self, app, tenant):
        engineer = await signed_in(app, tenant, Role.ENGINEER)
        refused = await result(engineer, ADD, **person("k-9"))
        assert refused["__typename"] == "ForbiddenError"

    @pytest.mark.parametrize("key", ["", "x" * 201, "line\nbreak"])
    async def test_a_key_that_cannot_be_one_is_refused(self, admin, key):
        refused = await result(admin, ADD, **person(key))
        assert (refused["code"], refused["field"]) == ("INVALID", "idempotencyKey")

    async def test_an_answer_sealed_by_another_secret_is_not_made_up(self, admin, platform, tenant):
        await result(admin, ADD, **(input := person("k-10")))
        other = await signed_in(make_app(platform.platform, secret="f" * 32), tenant)
        other.http.cookies = admin.http.cookies
        assert (await result(other, ADD, **input))["code"] == "ANSWER_UNREADABLE"


@pytest.mark.platform
@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_refusal_is_the_same_each_time(admin, name):
    """Every mutation with a key and ids of nothing: done or refused, the second answer is the first."""
    query, variables = Examples(CORE).mutation(name)
    key = new_id().hex
    variables["input"]["idempotencyKey"] = key
    first = (await admin.ask(query, **variables))["result"]
    assert (await admin.ask(query, **variables))["result"] == first
    assert first.get("code") != "ANSWER_UNREADABLE"


@pytest.mark.platform
async def test_programs_have_keys_of_their_own_too(app, tenant, platform):
    secret = await make_key(platform.platform, tenant)
    program = Gql(http_client(app, authorization=f"Bearer {secret}"))
    input = person("k-11")
    assert await result(program, ADD, **input) == await result(program, ADD, **input)
