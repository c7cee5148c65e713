import json
from datetime import UTC, datetime

import pytest

from services.audit.adapters.anchors import AnchorForged, Anchors
from services.audit.contracts import Anchor
from services.kernel.ids import new_id

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TENANT = new_id()


def anchor(number: int, digest: str = "d") -> Anchor:
    return Anchor(TENANT, number, digest, AT)


@pytest.fixture
def anchors(tmp_path):
    return Anchors(tmp_path / "anchors", "installation secret")


def test_what_is_kept_is_read(anchors):
    assert anchors.read(TENANT) is None
    anchors.write(anchor(3))
    assert anchors.read(TENANT) == anchor(3)
    assert anchors.tenants() == [TENANT]


def test_only_a_newer_one_takes_its_place(anchors):
    anchors.write(anchor(3))
    anchors.write(anchor(2))
    anchors.write(anchor(3, "other"))
    assert anchors.read(TENANT) == anchor(3)
    anchors.write(anchor(4, "other"))
    assert anchors.read(TENANT) == anchor(4, "other")


def test_one_that_was_changed_is_not_believed(anchors, tmp_path):
    anchors.write(anchor(3))
    path = tmp_path / "anchors" / f"{TENANT.hex}.json"
    for change in ({"number": 2}, {"digest": "e"}, {"mac": "0"}, {"tenant": str(new_id())}):
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
        with pytest.raises(AnchorForged, match="does not carry this installation's signature"):
            anchors.read(TENANT)
        with pytest.raises(AnchorForged):
            anchors.write(anchor(9))


def test_nor_is_one_of_another_installation_or_tenant(anchors, tmp_path):
    anchors.write(anchor(3))
    with pytest.raises(AnchorForged):
        Anchors(tmp_path / "anchors", "another secret").read(TENANT)
    other = new_id()
    (tmp_path / "anchors" / f"{TENANT.hex}.json").rename(tmp_path / "anchors" / f"{other.hex}.json")
    with pytest.raises(AnchorForged):
        anchors.read(other)


def test_a_damaged_file_is_said_to_be_damaged(anchors, tmp_path):
    (tmp_path / "anchors" / f"{TENANT.hex}.json").write_text("{")
    with pytest.raises(AnchorForged, match="was damaged"):
        anchors.read(TENANT)


def test_a_tenant_that_goes_takes_its_anchor_along(anchors):
    anchors.write(anchor(3))
    anchors.forget(TENANT)
    anchors.forget(TENANT)
    assert anchors.tenants() == []
