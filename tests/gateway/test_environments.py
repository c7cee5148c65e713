"""What clusters have, and what of it is otherwise than when a version was made, over the wire."""

import platform as machine
from importlib.metadata import version

import pytest
from gateway_client import signed_in

from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.blueprints import api as blueprints
from services.kernel.ids import new_id
from services.registry import api as registry
from services.registry.contracts import Lineage, NewVersion

pytestmark = pytest.mark.platform
ENVIRONMENT = "{ environment { python packages { name version } hardware { key value } own { plugin } } }"
VERSIONS = """query v($key: String!) { asset(key: $key) { versions(first: 9) { edges { node {
  number environmentDifferences { what made here matters sentence mend } } } } } }"""


async def test_an_engineer_sees_what_clusters_have(app, tenant):
    who = await signed_in(app, tenant)
    found = (await who.ask(ENVIRONMENT))["environment"]
    assert found["python"] == machine.python_version()
    assert {"name": "torch", "version": version("torch")} in found["packages"]
    assert {"key": "machine", "value": machine.machine()} in found["hardware"]
    assert found["own"] == []


async def test_a_version_says_what_is_otherwise_now(app, platform, tenant, principal):
    offered = blueprints.everything().blueprints["laser-drill-watch"]
    contract = next(each for each in blueprints.offered_contracts() if each.key == offered.blueprint.contract)
    digest = offered.plugin.digest
    lineage = Lineage(new_id(), "s", "b", "1", offered.plugin.name, digest, new_id(), 1, {"numpy": "1.0.0"}, 0)
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, principal, contract)
        [asset] = await assets.create_assets(
            uow, principal, [NewAsset("differs", "Drill", "Works", "Hall", contract.key)]
        )
        await registry.register(uow, principal, [NewVersion(asset.id, "f" * 64, 0, lineage, {})])
        await uow.commit()
    who = await signed_in(app, tenant)
    [edge] = (await who.ask(VERSIONS, key="differs"))["asset"]["versions"]["edges"]
    assert edge["node"]["environmentDifferences"] == [
        {
            "what": "numpy",
            "made": "1.0.0",
            "here": version("numpy"),
            "matters": True,
            "sentence": f"It was made with numpy 1.0.0; {version('numpy')} may give other numbers.",
            "mend": 'pip install "numpy==1.0.0"',
        }
    ]
