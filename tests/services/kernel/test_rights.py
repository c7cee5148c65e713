"""Rights."""

import pytest

from services.kernel.errors import Forbidden
from services.kernel.ids import TenantId, new_id
from services.kernel.rights import RIGHTS, Permission, Principal, Role, system_principal

TENANT = TenantId(new_id())


def test_who_may_do_what():
    operator = {"view", "record_event", "handle_alarm", "train", "promote"}
    engineer = {"query", "ingest", "score", "edit_plant", "edit_blueprints"}
    code = {"register_pipelines", "use_workbench", "open_capsules"}
    assert {role.value: {right.value for right in rights} for role, rights in RIGHTS.items()} == {
        "operator": operator,
        "engineer": operator | engineer | code,
        "admin": {right.value for right in Permission},
        "partner": {"view", "query", "ingest", "score"},
    }


def test_missing_right_is_named():
    viewer = Principal(TENANT, new_id(), "key", "dashboard", frozenset({Permission.VIEW}))
    viewer.require(Permission.VIEW)
    with pytest.raises(Forbidden) as caught:
        viewer.require(Permission.PROMOTE)
    assert caught.value.facts == {"permission": "promote"}
    assert "dashboard" in caught.value.message


def test_the_platform_may_do_everything_inside_one_tenant():
    acts = system_principal(TENANT)
    assert (acts.tenant, acts.permissions, acts.role) == (TENANT, frozenset(Permission), None)
    assert set(RIGHTS) == set(Role)
