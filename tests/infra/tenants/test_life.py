"""`andon tenant` on a running Andon: while rows come in and a run goes on."""

import json
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from drills import BLUEPRINT, ENDED, START_RUN, Plant, until
from installation import Running, run, start

from andon_sdk.client import Refused
from services.kernel.ids import new_id

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.timeout(580)]
TAUGHT_DAYS = 4
STEP_DAYS = 0.01
GOING = {"STARTING", "TRAINING"}


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    home = Path(tempfile.mkdtemp(prefix="andon-life-"))
    try:
        up = start(home, "--no-demo")
        try:
            yield up
        finally:
            up.end()
    finally:
        shutil.rmtree(home)


class Works:
    """A tenant whose drills send without a pause, from a thread of their own."""

    def __init__(self, running: Running) -> None:
        self.running, self.slug = running, f"works-{new_id().hex[-6:]}"
        self.key = running.key(self.slug)
        self.andon = running.client(self.slug)
        self.plant = Plant.build(self.andon, days_ago=60, drills=3, seed=8)
        self.taught = sum(self.plant.live(0, TAUGHT_DAYS).values())
        self.stored, self.refusal = 0, ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)

    def send(self) -> None:
        self._thread.start()
        until("the first rows", lambda: self.stored > 0)

    def stop(self) -> None:
        self._over.set()
        self._thread.join(timeout=60)

    def start_run(self) -> str:
        wish = {
            "blueprint": BLUEPRINT,
            "assetIds": list(self.plant.ids.values()),
            "start": self.plant.day(0).isoformat(),
            "end": self.plant.day(TAUGHT_DAYS).isoformat(),
            "seed": 3,
        }
        return self.andon.mutate(START_RUN, input=wish)["id"]

    def state_of(self, run_id: str) -> str:
        return self.andon.query("query ($id: ID!) { run(id: $id) { state } }", id=run_id)["run"]["state"]

    def boxes(self) -> list[str]:
        tenant = self.listed()["id"].replace("-", "")
        return [name for name in self.running.parts() if name.startswith(f"box-{tenant}")]

    def listed(self) -> dict[str, str]:
        return next(one for one in self.running.andon("tenant", "list") if one["slug"] == self.slug)

    def asked(self) -> httpx.Response:
        return httpx.post(
            f"{self.running.url}/graphql",
            json={"query": "{ __typename }"},
            headers={"Authorization": f"Bearer {self.key}"},
            trust_env=False,
        )

    def _send(self) -> None:
        day = float(TAUGHT_DAYS)
        while not self._over.is_set():
            try:
                self.stored += sum(self.plant.live(day, day + STEP_DAYS).values())
            except Refused as refused:
                self.refusal = refused.code
                return
            day += STEP_DAYS
            self._over.wait(0.02)


@pytest.fixture
def works(running) -> Iterator[Works]:
    made = Works(running)
    yield made
    made.stop()
    made.andon.close()


@pytest.fixture(scope="module")
def beside(running) -> Iterator[Works]:
    made = Works(running)
    made.send()
    yield made
    made.stop()
    made.andon.close()


def test_another_address_typed_deletes_nothing(running, beside):
    refused = run(running.home, "tenant", "delete", beside.slug)
    assert refused.returncode == 1
    assert beside.asked().status_code == 200
    assert running.andon("tenant", "delete", "nobody", "--yes", code=1)["ok"] is False


def test_a_tenant_is_exported_while_rows_come_in(running, beside, tmp_path):
    path, before = tmp_path / "beside.zip", beside.stored
    done = running.andon("tenant", "export", beside.slug, str(path))
    assert done["ok"] is True
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assets = archive.read("tables/asset.jsonl").splitlines()
    assert (len(assets), manifest["tenant"]["slug"]) == (3, beside.slug)
    assert done["files"] == len(manifest["files"]) + 1
    [readings] = [each for each in manifest["delta_tables"] if each["path"].startswith("readings/")]
    assert readings["rows"] > 0
    until("rows after it", lambda: beside.stored > before)
    assert running.andon("tenant", "export", beside.slug, str(path), code=1)["ok"] is False


def test_credentials_are_exchanged_while_rows_come_in(running, works, tmp_path):
    """No row is refused, lost or doubled: what the door acknowledged is what history has in the end."""
    works.send()
    before = works.stored
    assert running.andon("tenant", "rotate", works.slug) == {"ok": True}
    until("rows after it", lambda: works.stored > before + 100)
    works.stop()
    assert works.refusal == ""
    numbers = iter(range(1000))

    def history() -> int:
        path = tmp_path / f"{next(numbers)}.zip"
        running.andon("tenant", "export", works.slug, str(path))
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read("manifest.json"))
        return sum(each["rows"] for each in manifest["delta_tables"] if each["path"].startswith("readings/"))

    until("all in history", lambda: history() >= works.taught + works.stored, seconds=60, pause=2)
    assert history() == works.taught + works.stored


def test_a_tenant_is_deleted_while_a_run_goes_on_and_rows_come_in(running, works, beside):
    run_id = works.start_run()
    works.send()
    until("the run's box", lambda: works.boxes() and works.state_of(run_id) in GOING)
    before = beside.stored
    parts = {name: part["pid"] for name, part in running.parts().items() if not name.startswith("box-")}
    done = running.andon("tenant", "delete", works.slug, "--yes")
    assert done["ok"] is True
    assert done["remains"]["enclave"] == {"streams": 0, "objects": 0, "processes": 0}
    assert (done["remains"]["rows"], done["remains"]["queued"], done["remains"]["files"]) == ({}, 0, [])
    until("the refusal of rows", lambda: works.refusal)
    assert works.refusal in {"TENANT_BEING_DELETED", "CREDENTIAL_REFUSED"}
    assert works.asked().status_code == 401
    assert works.slug not in {one["slug"] for one in running.andon("tenant", "list")}
    until("rows of the tenant beside", lambda: beside.stored > before)
    assert beside.refusal == ""
    assert running.andon("audit", "verify")["ok"] is True
    assert {name: part["pid"] for name, part in running.parts().items() if not name.startswith("box-")} == parts


def test_a_run_waits_while_its_tenant_is_suspended_and_goes_on_after(running, works, beside):
    run_id = works.start_run()
    works.send()
    until("the run's box", lambda: works.boxes() and works.state_of(run_id) in GOING)
    assert running.andon("tenant", "suspend", works.slug) == {"ok": True}
    until("the refusal of rows", lambda: works.refusal)
    stored = works.stored
    assert works.refusal == "TENANT_SUSPENDED"
    assert (works.listed()["state"], beside.listed()["state"]) == ("suspended", "active")
    assert works.boxes() == []
    answer = works.asked()
    assert (answer.status_code, answer.json()["code"]) == (403, "TENANT_SUSPENDED")
    assert beside.asked().status_code == 200
    assert running.andon("tenant", "resume", works.slug) == {"ok": True}
    ended = until("the end of the run", lambda: (found := works.state_of(run_id)) in ENDED and found, seconds=400)
    assert ended in {"SUCCEEDED", "STOPPED"}
    receipt = works.plant.live(TAUGHT_DAYS + 40, TAUGHT_DAYS + 40.02)
    assert sum(receipt.values()) > 0
    assert works.stored == stored
    assert running.andon("audit", "verify")["ok"] is True
