"""Standing rules that bind assets to a blueprint, and what each came to for its assets."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.relay import Page, parse_id
from gateway.schema.kit import Connection, Info, Keyed, Measure, Node, connect, loaded, measures, mutation, read_id
from gateway.schema.training import ParameterInput, RunType
from services.bindings import api as bindings
from services.bindings import contracts
from services.bindings.contracts import BindingState
from services.kernel.rights import Permission as Right

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
strawberry.enum(BindingState, description="How far a bound asset is on its way to a model of its own.")


@strawberry.type(description="How many bindings are in a state.")
class BindingCount:
    state: BindingState
    assets: int


@strawberry.type(name="Binding", description="An asset that a rule bound to its blueprint.")
class BindingType:
    state: BindingState
    message: str = strawberry.field(description="What it waits for, or what became of it.")
    rows: int = strawberry.field(description="Of the last 30 days, when it was last looked at.")
    train_at: int | None = strawberry.field(description="So many rows start its next run; null: none is to come.")

    asset = loaded(AssetRef, "assets", "asset_id")
    rule = loaded(Annotated["BindingRuleType", strawberry.lazy("gateway.schema.bindings")], "rules", "rule_id")
    run = loaded(RunType | None, "runs", "run_id", description="The run that it waits for.")


@strawberry.type(name="BindingRule", description="A standing label query: what matches gets a model by the blueprint.")
class BindingRuleType(Node):
    represents = contracts.Rule
    blueprint: str
    labels: str = strawberry.field(description="Empty: every asset that the blueprint can read.")
    created_by: str
    created_at: datetime

    @strawberry.field
    @staticmethod
    def parameters(parent: strawberry.Parent[contracts.Rule]) -> list[Measure]:
        return measures(parent.parameters)

    @strawberry.field(description="States without an asset are left out.")
    @staticmethod
    async def counts(parent: strawberry.Parent[contracts.Rule], info: Info) -> list[BindingCount]:
        found = await info.context.loaders.bound_counts.load(parent.id) or {}
        return [BindingCount(state=state, assets=found[state]) for state in BindingState if state in found]

    @strawberry.field(graphql_type=Connection[BindingType], description="In the order they were bound.")
    @staticmethod
    async def bindings(
        parent: strawberry.Parent[contracts.Rule],
        info: Info,
        first: int = 50,
        after: str | None = None,
        state: BindingState | None = None,
    ) -> Page[contracts.Binding]:
        async def ask(size: int, start: object) -> list[contracts.Binding]:
            return await info.context.read(bindings.list_bindings, parent.id, size, start, state)

        listing = f"bindings/{parent.id}/{state}"
        return await connect(info, listing, first, after, ask, lambda each: (each.id,), read_id)


@strawberry.type
class BindingsQuery:
    @strawberry.field(graphql_type=BindingRuleType | None)
    async def binding_rule(self, info: Info, id: strawberry.ID) -> object | None:
        return await info.context.node(id, "BindingRule")

    @strawberry.field(graphql_type=Connection[BindingRuleType], description="Newest first.")
    async def binding_rules(self, info: Info, first: int = 50, after: str | None = None) -> Page[contracts.Rule]:
        async def ask(size: int, start: object) -> list[contracts.Rule]:
            return await info.context.read(bindings.list_rules, size, start)

        return await connect(info, "binding_rules", first, after, ask, lambda each: (each.id,), read_id)


@strawberry.input
class CreateBindingRuleInput(Keyed):
    blueprint: str = strawberry.field(description="Key of the blueprint.")
    labels: str = strawberry.field(
        default="", description="A label query, as in `assets`; an empty one means all that the blueprint can read."
    )
    parameters: list[ParameterInput] = strawberry.field(default_factory=list)


@strawberry.input
class RemoveBindingRuleInput(Keyed):
    rule_id: strawberry.ID


@strawberry.type
class BindingsMutation:
    @mutation(
        Right.EDIT_BLUEPRINTS,
        "CreateBindingRuleResult",
        BindingRuleType,
        "From now on what matches borrows a model, is trained and promoted without asking.",
    )
    async def create_binding_rule(self, info: Info, input: CreateBindingRuleInput) -> contracts.Rule:
        parameters = {each.key: each.value for each in input.parameters}
        new = contracts.NewRule(input.blueprint, input.labels, parameters)
        return await info.context.change(bindings.create_rule, new)

    @mutation(
        Right.EDIT_BLUEPRINTS, "RemoveBindingRuleResult", BindingRuleType, "Nothing is bound any more; models go on."
    )
    async def remove_binding_rule(self, info: Info, input: RemoveBindingRuleInput) -> contracts.Rule:
        return await info.context.change(bindings.remove_rule, parse_id(input.rule_id, "BindingRule", "ruleId"))
