"""One trace for a request and what it causes; logs with tenant and trace, without secrets."""

import pytest
from gateway_client import http_client, make_key, open_session
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlmodel import col, select

from gateway.auth import COOKIE
from services.kernel.rights import Role
from services.kernel.tables import OutboxRow

pytestmark = pytest.mark.platform

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
RECORD = "mutation m($i: RecordEventInput!) { recordEvent(input: $i) { ... on Event { id } ... on Error { code } } }"


@pytest.fixture(scope="module")
def spans():
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(TracerProvider())
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


async def test_a_mutation_its_news_and_its_answer_are_in_one_trace(spans, platform, tenant, admin):
    put = "mutation m($i: PutContractInput!) { putContract(input: $i) { ... on Contract { id } } }"
    signal = {"key": "a", "title": "A", "unit": "1", "low": 0, "high": 1}
    await admin.ask(put, i={"key": "traced", "title": "T", "periodS": 1, "signals": [signal]})
    create = "mutation m($i: CreateAssetsInput!) { createAssets(input: $i) { ... on CreatedAssets { assets { id } } } }"
    new = {"key": "traced-1", "title": "T", "site": "S", "line": "L", "contract": "traced"}
    asset = (await admin.ask(create, i={"assets": [new]}))["createAssets"]["assets"][0]["id"]
    event = {"assetId": asset, "kind": "MAINTENANCE", "time": "2026-03-01T00:00:00Z"}
    body = {"query": RECORD, "variables": {"i": event}}
    spans.clear()
    answer = await admin.http.post("/graphql", json=body, headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    assert answer.headers["x-trace-id"] == TRACE
    names = {span.name for span in spans.get_finished_spans() if format(span.context.trace_id, "032x") == TRACE}
    assert names == {"POST /graphql", "graphql.operation", "graphql.recordEvent"}
    async with platform.unit(tenant) as uow:
        rows = await uow.session.exec(select(OutboxRow).where(col(OutboxRow.name) == "events.recorded"))
        [row] = rows.all()
    assert row.traceparent is not None
    assert row.traceparent.split("-")[1] == TRACE


async def test_the_log_names_tenant_and_trace_and_no_secret(platform, tenant, app, capsys):
    token, _ = await open_session(platform.platform, tenant, Role.OPERATOR)
    key = await make_key(platform.platform, tenant)
    async with http_client(app) as client:
        await client.get("/login", params={"token": "one-time-secret"})
        await client.post("/v1/session", json={"tenant": "x", "email": "y@example.com", "password": "pass-secret"})
        await client.post("/graphql", json={"query": "{ me { name } }"}, headers={"Cookie": f"{COOKIE}={token}"})
        answer = await client.get("/v1/trend?asset=secret-in-query", headers={"Authorization": f"Bearer {key}"})
    printed = capsys.readouterr().out
    for secret in ("one-time-secret", "pass-secret", "secret-in-query", token, key):
        assert secret not in printed
    assert str(tenant.id) in printed
    assert answer.headers["x-trace-id"] in printed
    assert printed.count("request") == 4


async def test_a_body_of_traces_that_are_none_is_harmless(admin):
    for header in ("", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "00-" + "f" * 500):
        answer = await admin.http.post("/graphql", json={"query": "{ me { kind } }"}, headers={"traceparent": header})
        assert answer.status_code == 200
        assert len(answer.headers["x-trace-id"]) == 32
