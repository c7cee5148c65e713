"""Pipelines through the gateway: a wheel is staged, registered, used, moved from version to version, retired."""

import json
from typing import Any

import pytest
from gateway_client import http_client, make_key
from pipeline_wheels import LINK, NAME, NOTEBOOK, pipeline

from services.kernel.ids import new_id
from services.kernel.rights import Permission, Role

pytestmark = pytest.mark.platform

STAGE = "mutation s { stageUpload(input: {}) { ... on StagedUpload { url upload { id } } } }"
VERSION = """__typename id version number content bytes title summary blueprints registeredBy
  proof { proven tolerance snapshot metrics { key value } } pipeline { id name version formerVersion enabled }"""
REGISTER = f"""mutation r($input: RegisterPipelineInput!) {{ registerPipeline(input: $input) {{ __typename
  ... on PipelineVersion {{ {VERSION} }} ... on Error {{ code message field facts }} }} }}"""
LIST = """query l($first: Int!, $after: String) { pipelines(first: $first, after: $after) {
  pageInfo { hasNextPage endCursor }
  edges { node { id name enabled version formerVersion champions versions { id version number } } } } }"""
DETAILS = """query d($id: ID!) { node(id: $id) { ... on PipelineVersion { details { state reasons contract environment
  notebookUrl parameters { key kind default help low high choices }
  steps { name cells takes gives parameters after isRecipe isMetrics }
  findings { rule severity cell line what why fix } } } } }"""
USE = """mutation u($input: UsePipelineInput!) { usePipeline(input: $input) { __typename
  ... on Pipeline { version formerVersion enabled } ... on Error { code message } } }"""
RETIRE = """mutation r($input: RetirePipelineInput!) { retirePipeline(input: $input) { __typename
  ... on Pipeline { version enabled } ... on Error { code message facts } } }"""
OFFERED = """{ blueprints(contract: "laser-drill") { key version plugin { name version }
  parameters { key low high help } } }"""


async def stage(who: Any, app: Any, content: bytes) -> str:
    staged = (await who.ask(STAGE))["stageUpload"]
    async with http_client(app) as nobody:
        assert (await nobody.put(staged["url"], content=content)).status_code == 200
    return staged["upload"]["id"]


async def register(who: Any, app: Any, wheel: Any, **options: Any) -> dict[str, Any]:
    """What `registerPipeline` answers for the wheel."""
    upload = await stage(who, app, wheel.read_bytes())
    asked = {"uploadId": upload, "fileName": wheel.name, **options}
    return (await who.ask(REGISTER, input=asked))["registerPipeline"]


async def of(who: Any, key: str) -> list[dict[str, Any]]:
    return [each for each in (await who.ask(OFFERED))["blueprints"] if each["key"] == key]


async def test_an_engineer_registers_moves_and_retires_a_pipeline(members, stranger, app, tmp_path):
    engineer = members[Role.ENGINEER]
    first = await register(engineer, app, pipeline(tmp_path))
    owner = first.pop("pipeline")
    assert {key: first[key] for key in ("__typename", "version", "number", "title", "blueprints", "registeredBy")} == {
        "__typename": "PipelineVersion", "version": "1.0", "number": 1, "title": "Wear of the bench",
        "blueprints": [NAME], "registeredBy": "Engineer",
    }  # fmt: skip
    assert first["proof"] == {
        "proven": True, "tolerance": 1e-6, "snapshot": "a" * 64,
        "metrics": [{"key": "auc", "value": 0.93}, {"key": "rows", "value": 1200.0}],
    }  # fmt: skip
    assert (owner["name"], owner["version"], owner["formerVersion"], owner["enabled"]) == (NAME, "1.0", None, True)
    [offered] = await of(engineer, NAME)
    assert offered["plugin"] == {"name": NAME, "version": "1.0"}
    assert offered["parameters"] == [{"key": "spread", "low": 0.5, "high": 4.0, "help": "Width of the normal band"}]
    assert await of(stranger, NAME) == []
    assert (await stranger.ask(LIST, first=10))["pipelines"]["edges"] == []
    assert (await stranger.ask(DETAILS, id=first["id"]))["node"] is None

    again = await register(engineer, app, pipeline(tmp_path / "again"))
    assert (again["id"], again["number"]) == (first["id"], 1)
    second = await register(engineer, app, pipeline(tmp_path, "1.1"))
    assert (second["number"], second["pipeline"]["version"], second["pipeline"]["formerVersion"]) == (2, "1.1", "1.0")
    [node] = [edge["node"] for edge in (await engineer.ask(LIST, first=10))["pipelines"]["edges"]]
    assert [each["version"] for each in node["versions"]] == ["1.1", "1.0"]
    assert (node["champions"], node["id"]) == (None, owner["id"])

    back = (await engineer.ask(USE, input={"pipelineVersionId": first["id"]}))["usePipeline"]
    assert back == {"__typename": "Pipeline", "version": "1.0", "formerVersion": "1.1", "enabled": True}
    assert [each["version"] for each in await of(engineer, NAME)] == ["1.0"]
    gone = (await engineer.ask(RETIRE, input={"pipelineId": owner["id"]}))["retirePipeline"]
    assert gone == {"__typename": "Pipeline", "version": "1.0", "enabled": False}
    assert await of(engineer, NAME) == []
    for asked, name, id in ((USE, "usePipeline", "pipelineVersionId"), (RETIRE, "retirePipeline", "pipelineId")):
        mine = first["id"] if id == "pipelineVersionId" else owner["id"]
        assert (await stranger.ask(asked, input={id: mine}))[name]["code"] == "PIPELINE_NOT_FOUND"
    undone = await register(engineer, app, pipeline(tmp_path / "undone"))
    assert (undone["id"], undone["pipeline"]["enabled"], undone["pipeline"]["version"]) == (first["id"], True, "1.0")


async def test_what_it_says_of_its_notebook_is_shown_and_the_notebook_given_back(admin, stranger, app, tmp_path):
    made = await register(admin, app, pipeline(tmp_path, name="told-wear"))
    details = (await admin.ask(DETAILS, id=made["id"]))["node"]["details"]
    assert (details["state"], details["reasons"], details["contract"]) == ("OWN", [], "laser-drill")
    assert details["environment"] == LINK["environment"]
    assert details["findings"] == LINK["findings"]
    assert [(each["key"], each["kind"], each["default"], each["low"]) for each in details["parameters"]] == [
        ("spread", "FLOAT", 1.0, 0.5),
        ("robust", "BOOL", True, None),
    ]
    assert [(each["name"], each["after"], each["isRecipe"], each["isMetrics"]) for each in details["steps"]] == [
        ("clean", [], False, False),
        ("centre", ["clean"], False, False),
        ("build", [], True, False),
        ("metrics", ["clean", "centre"], False, True),
    ]
    notebook = await admin.http.get(details["notebookUrl"])
    assert json.loads(notebook.content) == NOTEBOOK
    assert notebook.headers["Content-Disposition"] == 'attachment; filename="wear.ipynb"'
    refused = await stranger.http.get(details["notebookUrl"])
    assert (refused.status_code, refused.json()["code"]) == (404, "PIPELINE_NOT_FOUND")


FAILING = (
    "from andon_sdk.plugin import hook\n\n\n@hook\ndef blueprints():\n    raise RuntimeError('no rows in a hook')\n"
)
EMPTY = "from andon_sdk.plugin import hook\n\n\n@hook\ndef blueprints():\n    return []\n"
REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({"link": None}, "NOT_A_PIPELINE", "is a plugin and no pipeline"),
    ({"link": {"format": 2}}, "NOT_A_PIPELINE", "has the format 2"),
    ({"sdk": ">=99"}, "PIPELINE_INCOMPATIBLE", "asks for andon-sdk >=99"),
    ({"capabilities": ("blueprints", "gates")}, "PIPELINE_DOES_MORE", "asks for the hook gates"),
    ({"name": "andon-laser-drill"}, "PIPELINE_STANDS_IN", "in for that"),
    ({"name": "Bad_Wear"}, "NOT_A_PIPELINE", "name it bad-wear"),
    ({"name": "numpy"}, "PIPELINE_STANDS_IN", "brings the package numpy"),
    ({"source": FAILING}, "PIPELINE_FAILED", "no rows in a hook"),
    ({"source": EMPTY}, "NOT_A_PIPELINE", "offers no blueprint"),
    ({"key": "laser-drill-watch"}, "PLUGIN_CLASHES", "laser-drill-watch"),
]


@pytest.mark.parametrize(("wheel", "code", "words"), REFUSALS, ids=[f"{c}-{n}" for n, (_, c, _) in enumerate(REFUSALS)])
async def test_what_is_no_pipeline_is_refused_and_changes_nothing(admin, app, tmp_path, wheel, code, words):
    before = await admin.ask(LIST, first=100)
    answer = await register(admin, app, pipeline(tmp_path, **{"name": "bad-wear", **wheel}))
    assert answer["code"] == code, answer
    assert words in answer["message"]
    assert await admin.ask(LIST, first=100) == before
    assert await of(admin, "bad-wear") == []


async def test_files_that_are_no_wheels_and_wheels_that_were_changed(admin, app, tmp_path):
    path = tmp_path / "bad_wear-1.0-py3-none-any.whl"
    path.write_bytes(b"no archive at all")
    assert (await register(admin, app, path))["code"] == "NOT_A_WHEEL"
    for name in ("../bad_wear-1.0-py3-none-any.whl", "bad_wear.zip", "x" * 400 + ".whl"):
        answer = await register(admin, app, path, fileName=name)
        assert (answer["code"], answer["field"]) == ("NOT_A_WHEEL", "fileName")
    whole = pipeline(tmp_path, name="bad-wear", link={**LINK, "title": "wear"})
    whole.write_bytes(whole.read_bytes()[:-400] + b"\0" * 400)
    assert (await register(admin, app, whole))["code"] in ("NOT_A_WHEEL", "PIPELINE_MODIFIED")
    changed = pipeline(tmp_path, name="bad-wear", extra={"bad_wear/pipeline.py": b"A = 1\n"}, alter=b"A = 2\n")
    answer = await register(admin, app, changed)
    assert answer["code"] == "PIPELINE_MODIFIED"
    assert (await register(admin, app, changed, uploadId="VXBsb2FkOng="))["code"] in ("UPLOAD_NOT_FOUND", "NOT_FOUND")


async def test_a_version_stands_for_one_content(admin, app, tmp_path):
    await register(admin, app, pipeline(tmp_path, name="once-wear"))
    other = await register(admin, app, pipeline(tmp_path, name="once-wear", link={**LINK, "findings": []}))
    assert (other["code"], other["facts"]) == ("PIPELINE_VERSION_TAKEN", {"plugin": "once-wear", "version": "1.0"})


async def test_who_may_not_and_what_a_key_needs(platform, members, app, tenant, tmp_path):
    wheel = pipeline(tmp_path, name="key-wear")
    for role in (Role.OPERATOR, Role.PARTNER):
        asked = {"uploadId": "VXBsb2FkOng=", "fileName": wheel.name}
        answer = (await members[role].ask(REGISTER, input=asked))["registerPipeline"]
        assert (answer["__typename"], answer["facts"]) == ("ForbiddenError", {"permission": "register_pipelines"})
    scopes = (Permission.QUERY, Permission.INGEST, Permission.REGISTER_PIPELINES, Permission.VIEW)
    secret = await make_key(platform.platform, tenant, *scopes)
    async with http_client(app, Authorization=f"Bearer {secret}") as http:
        program = type(members[Role.ADMIN])(http)
        key = new_id().hex
        upload = await stage(program, app, wheel.read_bytes())
        asked = {"uploadId": upload, "fileName": wheel.name, "idempotencyKey": key}
        first, again = [(await program.ask(REGISTER, input=asked))["registerPipeline"] for _ in range(2)]
    assert first == again
    assert first["registeredBy"] == "a program"
