"""Members' folders on this machine."""

from uuid import uuid4

import pytest

from infra.local.state import State
from infra.local.workbenches import LocalWorkbenches, _open_up
from services.enclaves.contracts import ClusterState
from services.enclaves.errors import ProvisioningFailed
from services.enclaves.model import WORKBENCH_LIMITS
from services.enclaves.provisioner import WorkbenchBox, WorkbenchSpec


def unstarted() -> int:
    raise KeyError("gateway")


@pytest.fixture
def boxes(tmp_path) -> LocalWorkbenches:
    return LocalWorkbenches(State(tmp_path), unstarted, "http://127.0.0.1")


async def test_files_of_all_members_are_counted_and_removed_and_no_others(boxes, tmp_path) -> None:
    tenant, other = uuid4(), uuid4()
    for who in (tenant, tenant, other):
        (boxes._home(who, uuid4()) / "file").write_bytes(b"x" * 8192)
    assert await boxes.stored_bytes(tenant) == 2 * 8192
    await boxes.remove(tenant)
    assert (await boxes.stored_bytes(tenant), await boxes.stored_bytes(other)) == (0, 8192)


def test_a_folder_that_was_closed_is_opened_and_a_link_is_not_followed(tmp_path) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside"
    (home / "closed" / "within").mkdir(parents=True)
    outside.mkdir(mode=0o500)
    (home / "link").symlink_to(outside)
    (home / "closed").chmod(0)
    _open_up(home)
    assert [path.stat().st_mode & 0o777 for path in (home / "closed", outside)] == [0o700, 0o500]


async def test_without_a_gateway_there_is_none(boxes) -> None:
    spec = WorkbenchSpec(uuid4(), uuid4(), "Ada", 1, "key", "token", WORKBENCH_LIMITS)
    with pytest.raises(ProvisioningFailed, match="No gateway was started on this machine"):
        await boxes.want(spec)
    assert await boxes.status(spec.tenant, spec.member) == WorkbenchBox(ClusterState.STOPPED, "")


@pytest.mark.parametrize(
    ("public", "host"),
    [("http://127.0.0.1:8080", "localhost"), ("https://andon.example.com/x", "andon.example.com")],
)
def test_the_gateway_is_called_by_a_name_that_it_answers_to(tmp_path, public, host) -> None:
    assert LocalWorkbenches(State(tmp_path), unstarted, public)._host() == host
