"""One trace for one run: from the request at the gateway over the worker's jobs to what the cluster timed.

The installation sends its spans to a collector that listens here. The cluster has no way out: what it timed, the worker
sends.
"""

from collections.abc import Callable

import httpx
import pytest
from collector import Span
from drills import BLUEPRINT, until

from andon_sdk.client import Client
from infra.demo.documents import START_RUN

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.alone]

DRILL = """query($key: String!) { asset(key: $key) { id history { first last } } }"""
RUN = "query($id: ID!) { run(id: $id) { state message } }"


@pytest.fixture(scope="module")
def key(running) -> str:
    return running.key("acme")


@pytest.fixture(scope="module")
def trace(running, key, collector) -> list[Span]:
    """The spans of a request that started a run of one demo drill, once the run has ended and all has come."""
    with Client(running.url, key) as andon:
        drill = until("history of the drill", lambda: with_history(andon))
        wish = {
            "blueprint": BLUEPRINT,
            "assetIds": [drill["id"]],
            "start": drill["history"]["first"],
            "end": drill["history"]["last"],
            "parameters": [{"key": "epochs", "value": 15}],
        }
        run, trace = until("a run of the drill", lambda: started(running.url, key, wish))
        ended = {"SUCCEEDED", "STOPPED"}
        until("the end of the run", lambda: andon.query(RUN, id=run)["run"]["state"] in ended, seconds=400)
    until("the trainer's spans", lambda: any(span.name.startswith("trainer ") for span in collector.trace(trace)))
    return collector.trace(trace)


def with_history(andon: Client) -> dict | None:
    drill = andon.query(DRILL, key="drill-06")["asset"]
    return drill if drill and drill["history"] else None


def started(url: str, key: str, wish: dict) -> tuple[str, str] | None:
    """The run's id and its trace; None while the demo's own first run has the drill."""
    body = {"query": START_RUN, "variables": {"input": wish}}
    answer = httpx.post(f"{url}/graphql", json=body, headers={"Authorization": f"Bearer {key}"}).raise_for_status()
    result = answer.json()["data"]["startRun"]
    if result.get("code") == "ASSET_IN_TRAINING":
        return None
    return result["id"], answer.headers["x-trace-id"]


def only(trace: list[Span], wanted: Callable[[Span], bool]) -> Span:
    [span] = filter(wanted, trace)
    return span


def test_gateway_jobs_and_cluster_are_one_tree(trace):
    request = only(trace, lambda span: span.parent == "")
    assert (request.process, request.name) == ("andon-gateway", "POST /graphql")
    operation = only(trace, lambda span: span.parent == request.id)
    start = only(trace, lambda span: span.parent == operation.id)
    assert (operation.name, start.name) == ("graphql.operation", "graphql.startRun")
    caused = sorted((span.process, span.name) for span in trace if span.parent == start.id)
    assert caused == [
        ("andon-worker", "job ledger.follow_run"),
        ("andon-worker", "job monitoring.follow_run"),
        ("andon-worker", "job training.prepare_run"),
        ("andon-worker", "trainer begin"),
        ("andon-worker", "trainer train"),
        ("andon-worker", "training finished"),
    ]
    finished = only(trace, lambda span: span.name == "training finished")
    conclusion = only(trace, lambda span: span.name == "job training.conclude_run")
    assert conclusion.parent == finished.id
    assert {span.parent for span in trace} <= {"", *(span.id for span in trace)}, "no span hangs in the air"


def test_no_span_holds_the_key_that_was_used(trace, key, collector):
    received = collector.received()
    assert len(received) > 0
    assert key.encode() not in received
    assert key.removeprefix("andon_").encode() not in received
