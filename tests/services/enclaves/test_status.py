"""What the platform believes of what a box says: a tenant's code may write there."""

import fcntl
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.local.boxes import LocalBoxes
from infra.local.state import State
from services.enclaves.box import config
from services.enclaves.contracts import ClusterKind, ClusterState
from services.enclaves.provisioner import BoxStatus
from services.kernel.ids import new_id


@pytest.fixture
def box(tmp_path: Path):
    """A box's folder whose host end seems to be alive."""

    boxes, tenant = LocalBoxes(State(tmp_path / "s")), new_id()
    folder = boxes._folder(tenant, ClusterKind.SERVING)
    (folder / "work").mkdir(parents=True)
    with (folder / "alive").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder, lambda: boxes.seen(tenant, ClusterKind.SERVING)


def test_says_and_is_believed(box) -> None:
    folder, status = box
    said = folder / "work" / "status.json"
    socket = str(folder / "score.sock")
    assert status() == BoxStatus(ClusterState.STARTING, "starting the box", None, socket)
    config.say(config.State.READY, "12 models", path=said)
    assert status() == BoxStatus(ClusterState.READY, "12 models", None, socket)
    before = time.time()
    config.idle("nothing to do", path=said)
    assert before <= status().idle_since.timestamp() <= time.time()
    config.say(config.State.FAILED, "x" * 5000 + "reason", path=said)
    assert (status().state, len(status().detail), status().score_socket) == (ClusterState.FAILED, 2000, socket)
    assert status().detail.endswith("reason")


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b'"ready"', b"{}", b'{"state": "winning", "detail": "", "idle_since": null}',
     b'{"state": "ready", "detail": "", "idle_since": "soon"}', b"[" * 20_000],
)  # fmt: skip
def test_nonsense(box, content: bytes) -> None:
    folder, status = box
    (folder / "work" / "status.json").write_bytes(content)
    assert status() == BoxStatus(
        ClusterState.FAILED, "the box says nothing that can be understood", None, str(folder / "score.sock")
    )


def test_links_and_pipes_are_not_followed(box, tmp_path: Path) -> None:
    folder, status = box
    said = folder / "work" / "status.json"
    secret = tmp_path / "secret"
    secret.write_text(json.dumps({"state": "ready", "detail": "the platform's secret", "idle_since": None}))
    said.symlink_to(secret)
    assert status() == BoxStatus(ClusterState.STARTING, "starting the box", None, str(folder / "score.sock"))
    said.unlink()
    os.mkfifo(said)
    assert status().detail == "the box says nothing that can be understood"


def test_the_future_is_now(box) -> None:
    folder, status = box
    (folder / "work" / "status.json").write_text('{"state": "ready", "detail": "", "idle_since": 1e300}')
    assert status().idle_since <= datetime.now(UTC)


def test_dead_box_is_starting_until_it_is_back(tmp_path: Path) -> None:
    boxes, tenant = LocalBoxes(State(tmp_path / "s")), new_id()
    folder = boxes._folder(tenant, ClusterKind.SERVING)
    (folder / "work").mkdir(parents=True)
    config.say(config.State.READY, "3 models", path=folder / "work" / "status.json")
    assert boxes.seen(tenant, ClusterKind.SERVING) == BoxStatus(ClusterState.STARTING, "starting the box")
    assert boxes.seen(new_id(), ClusterKind.SERVING) == BoxStatus(ClusterState.STOPPED, "")


def test_socket_paths_fit(tmp_path: Path) -> None:
    """107 bytes is what Linux takes, however long the state folder's path is."""
    for length in range(40, 120, 7):
        home = tmp_path / "h"
        home = home.with_name("h" * max(1, length - len(str(tmp_path)) - 1))
        folder = LocalBoxes(State(home))._folder(new_id(), ClusterKind.SERVING)
        assert len(str(folder / "in" / "objects.sock")) <= 107
