"""The only door to what plugins offer, and to what earlier versions declared.

Every tenant sees the same installed plugins, so those are no secret. Which versions a tenant used is its own affair.
"""

from collections.abc import Sequence
from uuid import UUID

from andon_sdk.plugin import AlarmRule, Contract, Gate, SuitabilityFactor
from services.blueprints.changes import changes
from services.blueprints.contracts import BlueprintDiff, BlueprintVersion, OfferedBlueprint, PluginInfo
from services.blueprints.declared import core
from services.blueprints.errors import BlueprintNotFound
from services.blueprints.host import PluginHost
from services.blueprints.repository import BlueprintVersions
from services.blueprints.tables import BlueprintVersionRow
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork


def plugins() -> PluginHost:
    """What is installed with Andon, as each plugin declared it in a process of its own."""
    return core()


def list_blueprints() -> list[OfferedBlueprint]:
    """All blueprints, by key."""
    return [offered for _, offered in sorted(core().blueprints.items())]


def get_blueprint(key: str) -> OfferedBlueprint:
    """Raises `BlueprintNotFound`."""
    offered = core().blueprints.get(key)
    if offered is None:
        raise BlueprintNotFound(f"No installed plugin offers the blueprint “{key}”.", field="blueprint", key=key)
    return offered


def alarm_rule_for(contract_key: str) -> AlarmRule:
    """The rule a plugin gives for the contract, else one with the defaults."""
    rule = core().alarm_rules.get(contract_key)
    return rule or AlarmRule(key=f"{contract_key}-default", title="Score above its threshold", contract=contract_key)


def suitability_factors_for(contract_key: str) -> list[SuitabilityFactor]:
    """What plugins hold against ranges of the contract's rows, by key."""
    offered = sorted(core().suitability_factors.items())
    return [factor for _, factor in offered if factor.contract == contract_key]


def suitability_factor_title(key: str) -> str | None:
    """In a plugin's words; None where no plugin has such a factor."""
    factor = core().suitability_factors.get(key)
    return factor.title if factor else None


def gates_for(contract_key: str) -> list[Gate]:
    """What plugins demand of new models of that contract, by key."""
    return core().gates_for(contract_key)


def offered_contracts() -> list[Contract]:
    """Kinds of row that plugins know, by key."""
    return [contract for _, contract in sorted(core().contracts.items())]


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
