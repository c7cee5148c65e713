"""The only door to bindings."""

from collections.abc import Collection, Sequence
from uuid import UUID

from services.assets import api as assets
from services.assets.contracts import AssetQuery
from services.bindings.contracts import Binding, BindingState, NewRule, Rule
from services.bindings.errors import RuleExists, RuleNotFound
from services.bindings.repository import Bindings
from services.bindings.tables import BindingRow, RuleRow
from services.blueprints import api as blueprints
from services.blueprints.parameters import resolve
from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork


async def create_rule(uow: UnitOfWork, principal: Principal, new: NewRule) -> Rule:
    """Binds every asset that matches, now and later; one that another rule has stays with that.

    Raises `BlueprintNotFound`, `UnknownParameter`, `ParameterOutOfRange`, `LabelQueryInvalid`, `RuleExists`.
    """
    principal.require(Permission.EDIT_BLUEPRINTS)
    offered = await blueprints.get_blueprint(uow, new.blueprint)
    resolve(offered.blueprint, new.parameters)
    labels = new.labels.strip()
    await assets.count_assets(uow, principal, AssetQuery(labels=labels, contract=offered.blueprint.contract))
    store = Bindings(uow)
    if there := await store.same_rule(new.blueprint, labels):
        raise RuleExists(
            "There is a rule with this blueprint and these labels already. Remove it first to change its parameters.",
            field="labels",
            rule=str(there.id),
        )
    row = RuleRow(
        tenant_id=uow.tenant,
        blueprint=new.blueprint,
        labels=labels,
        parameters=dict(new.parameters),
        created_by=principal.name,
        created_at=utc_now(),
    )
    uow.session.add(row)
    await uow.session.flush()
    uow.enqueue("bindings.match")
    return _rule(row)


async def remove_rule(uow: UnitOfWork, principal: Principal, rule_id: UUID) -> Rule:
    """Binds nothing any more, and answers what the rule was; models of its assets go on, and other rules may take the
    assets. Raises `RuleNotFound`."""
    principal.require(Permission.EDIT_BLUEPRINTS)
    store = Bindings(uow)
    found = await store.rules([rule_id])
    if not found:
        raise RuleNotFound("There is no such rule.", id=str(rule_id))
    await store.remove_rule(rule_id)
    uow.enqueue("bindings.match")
    return _rule(found[0])


async def get_rules(uow: UnitOfWork, principal: Principal, ids: Sequence[UUID]) -> list[Rule]:
    """Those of `ids` that exist, in no order."""
    principal.require(Permission.VIEW)
    return [_rule(row) for row in await Bindings(uow).rules(ids)]


async def list_rules(uow: UnitOfWork, principal: Principal, first: int = 50, after: UUID | None = None) -> list[Rule]:
    """A page of rules, newest first; `after` is the id of the last one seen."""
    principal.require(Permission.VIEW)
    return [_rule(row) for row in await Bindings(uow).rules_page(first, after)]


async def count_bindings(
    uow: UnitOfWork, principal: Principal, rule_ids: Sequence[UUID]
) -> dict[UUID, dict[BindingState, int]]:
    """How many bindings of each rule are in each state, in one statement; what counts none is left out."""
    principal.require(Permission.VIEW)
    return await Bindings(uow).counts(rule_ids)


async def list_bindings(
    uow: UnitOfWork,
    principal: Principal,
    rule_id: UUID,
    first: int = 50,
    after: UUID | None = None,
    state: BindingState | None = None,
) -> list[Binding]:
    """A page of a rule's bindings in the order they were made; `after` is the id of the last one seen. Empty for a
    rule that is not there."""
    principal.require(Permission.VIEW)
    return [_binding(row) for row in await Bindings(uow).page(rule_id, first, after, state)]


async def bindings_of(uow: UnitOfWork, principal: Principal, asset_ids: Collection[UUID]) -> dict[UUID, Binding]:
    """The binding of each asset; assets that no rule has are left out."""
    principal.require(Permission.VIEW)
    return {row.asset_id: _binding(row) for row in await Bindings(uow).of_assets(asset_ids)}


def _rule(row: RuleRow) -> Rule:
    return Rule(row.id, row.blueprint, row.labels, row.parameters, row.created_by, row.created_at)


def _binding(row: BindingRow) -> Binding:
    return Binding(
        id=row.id,
        rule_id=row.rule_id,
        asset_id=row.asset_id,
        state=BindingState(row.state),
        message=row.message,
        rows=row.rows,
        train_at=row.train_at,
        run_id=row.run_id,
    )
