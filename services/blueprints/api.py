"""The only door to what plugins offer, and to what earlier versions declared.

Which plugins a tenant enabled and which versions of their blueprints it used is its own affair.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from andon_sdk.plugin import AlarmRule, Contract, Gate
from services.blueprints import declared
from services.blueprints.changes import changes
from services.blueprints.contracts import BlueprintDiff, BlueprintVersion, OfferedBlueprint, PluginInfo
from services.blueprints.errors import BlueprintNotFound
from services.blueprints.host import PluginHost
from services.blueprints.repository import BlueprintVersions
from services.blueprints.tables import BlueprintVersionRow
from services.enclaves.platform import Ground
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.plugins import api as plugins
from services.plugins.contracts import Declared, TenantPlugin
from services.plugins.errors import PluginInUse
from services.registry import api as registry


async def offered(uow: UnitOfWork) -> PluginHost:
    """What the tenant's plugins declare: of those that are installed with Andon and of the packages it enabled."""
    return declared.together(tuple(await plugins.used(uow)))


def everything() -> PluginHost:
    """What all plugins declare that any tenant may use: for names of things that a tenant has met already."""
    return declared.together(tuple(plugins.everything()))


async def list_blueprints(uow: UnitOfWork, principal: Principal) -> list[OfferedBlueprint]:
    """All that the tenant may use, by key."""
    principal.require(Permission.VIEW)
    return [each for _, each in sorted((await offered(uow)).blueprints.items())]


async def get_blueprint(uow: UnitOfWork, key: str) -> OfferedBlueprint:
    """Raises `BlueprintNotFound`."""
    found = (await offered(uow)).blueprints.get(key)
    if found is None:
        raise BlueprintNotFound(
            f"No plugin that you use offers the blueprint “{key}”. An admin enables plugins.",
            field="blueprint",
            key=key,
        )
    return found


async def alarm_rule_for(uow: UnitOfWork, contract_key: str) -> AlarmRule:
    """The rule a plugin gives for the contract, else one with the defaults."""
    return (await alarm_rules(uow))(contract_key)


async def alarm_rules(uow: UnitOfWork) -> Callable[[str], AlarmRule]:
    """`alarm_rule_for` for many contracts."""
    return (await offered(uow)).alarm_rule_for


def suitability_factor_title(key: str) -> str | None:
    """In a plugin's words; None where no plugin has such a factor."""
    factor = everything().suitability_factors.get(key)
    return factor.title if factor else None


def gate_title(key: str) -> str | None:
    """In a plugin's words; None where no plugin has such a gate."""
    gate = everything().gates.get(key)
    return gate.title if gate else None


async def gates_for(uow: UnitOfWork, contract_key: str) -> list[Gate]:
    """What plugins demand of new models of that contract, by key."""
    return (await offered(uow)).gates_for(contract_key)


def offered_contracts() -> list[Contract]:
    """Kinds of row that plugins know which are installed with Andon, by key."""
    return [contract for _, contract in sorted(declared.core().contracts.items())]


def check_together(plugins_used: Sequence[Declared]) -> None:
    """Raises `PluginClashes` for plugins that offer the same key."""
    declared.check_together(plugins_used)


async def enable_plugin(
    uow: UnitOfWork, principal: Principal, ground: Ground, name: str, version: str | None
) -> TenantPlugin:
    """Lets the tenant use a plugin, or another version of one that it uses; `services.plugins.api.enable` says more.

    Raises `PluginNotFound`, `PluginUnusable`, `PluginSettingsInvalid`, `PluginClashes` for one that declares what
    another plugin of the tenant does.
    """
    return await plugins.enable(uow, principal, ground, name, version, declared.check_together)


async def disable_plugin(uow: UnitOfWork, principal: Principal, name: str) -> TenantPlugin:
    """The tenant uses it no more. Raises `PluginNotFound`, `PluginInUse` while champions are its models."""
    principal.require(Permission.MANAGE_PLUGINS)
    if assets := (await registry.count_champions_of(uow, principal, [name])).get(name):
        raise PluginInUse(
            f"{name} made the champion of {assets} assets, which could not be scored without it. Train them with "
            "another blueprint first.",
            plugin=name,
            assets=assets,
        )
    return await plugins.disable(uow, principal, name)


async def record_version(uow: UnitOfWork, principal: Principal, offered: OfferedBlueprint) -> UUID:
    """Keeps what the blueprint declares, once for each content, and answers the id it is kept under."""
    principal.require(Permission.TRAIN)
    return await BlueprintVersions(uow).record(offered)


async def get_versions(uow: UnitOfWork, principal: Principal, ids: Sequence[UUID]) -> list[BlueprintVersion]:
    """Those of `ids` that exist, in no order."""
    principal.require(Permission.VIEW)
    return [_version(*found) for found in await BlueprintVersions(uow).by_ids(ids)]


async def list_versions(
    uow: UnitOfWork, principal: Principal, key: str, first: int = 50, after: UUID | None = None
) -> list[BlueprintVersion]:
    """A page of what the tenant's runs used under the key, newest first; `after` is the id of the last one seen. The
    plugin need not be installed any more."""
    principal.require(Permission.VIEW)
    return [_version(*found) for found in await BlueprintVersions(uow).page(key, first, after)]


def compare(before: BlueprintVersion, after: BlueprintVersion) -> BlueprintDiff:
    """What differs from one version to another, of the same or of another blueprint."""
    return BlueprintDiff(before, after, tuple(changes(before, after)))


def _version(row: BlueprintVersionRow, restated: bool) -> BlueprintVersion:
    plugin = PluginInfo(row.plugin, row.plugin_version, row.plugin_digest)
    return BlueprintVersion(row.id, row.key, row.version, plugin, row.declaration, restated, row.recorded_at)
