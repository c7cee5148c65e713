"""The plant: assets with their contract, and the edges to everything known about them."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import strawberry

from andon_sdk import plugin
from andon_sdk.plugin import Importance
from gateway.relay import Page, page_size, parse_id
from gateway.schema.bindings import BindingType
from gateway.schema.changes import SINCE, changed
from gateway.schema.drift import AssetDriftType, DriftMarkType
from gateway.schema.events import EventType, PartType, RegimeType
from gateway.schema.kit import (
    Connection,
    Info,
    Keyed,
    Node,
    aware,
    connect,
    loaded,
    mutation,
    read_key_and_id,
    read_number,
)
from gateway.schema.monitoring import AlarmType, AssetHealthType, CaseType, alarms_page
from gateway.schema.registry import ModelVersionType
from gateway.schema.retraining import RetrainingOccasionType
from gateway.schema.serving import DeploymentType
from gateway.schema.training import RunType, runs_page
from services.assets import api as assets
from services.assets import contracts
from services.assets.contracts import ContractVersion
from services.drift import api as drift
from services.events import api as events
from services.events import contracts as happened
from services.kernel.errors import Invalid
from services.kernel.idset import in_both
from services.kernel.rights import Permission as Right
from services.monitoring import api as monitoring
from services.monitoring import contracts as watched
from services.monitoring.contracts import AlarmState, Health
from services.readings import api as readings
from services.registry import api as registry
from services.registry.contracts import ModelVersion
from services.training.contracts import Run

strawberry.enum(Importance, description="What losing the signal means.")


@strawberry.type(name="Signal", description="A tag made usable.")
class SignalType:
    key: str
    title: str
    unit: str
    low: float
    high: float
    importance: Importance
    exogenous: bool = strawberry.field(
        description="It drives the asset and is not judged: weather, a set point, the load."
    )


@strawberry.type(name="Contract", description="A version of an ordered list of signals: one definition of a row.")
class ContractType(Node):
    represents = ContractVersion
    version: int
    digest: str
    created_at: datetime

    @strawberry.field
    @staticmethod
    def key(parent: strawberry.Parent[ContractVersion]) -> str:
        return parent.contract.key

    @strawberry.field
    @staticmethod
    def title(parent: strawberry.Parent[ContractVersion]) -> str:
        return parent.contract.title

    @strawberry.field(description="Seconds between rows.")
    @staticmethod
    def period_s(parent: strawberry.Parent[ContractVersion]) -> float:
        return parent.contract.period_s

    @strawberry.field(graphql_type=list[SignalType])
    @staticmethod
    def signals(parent: strawberry.Parent[ContractVersion]) -> tuple[plugin.Signal, ...]:
        return parent.contract.signals


@strawberry.type(description="Source times of the first and last stored row.")
class Bounds:
    first: datetime
    last: datetime


@strawberry.type(name="Label", description="A key and its value, on an asset.")
class LabelType:
    key: str
    value: str


@strawberry.type(name="Asset", description="A machine.")
class AssetType(Node):
    represents = contracts.Asset
    key: str
    title: str
    site: str
    line: str
    labels: list[LabelType] = strawberry.field(description="By key.")
    created_at: datetime

    contract = loaded(ContractType, "contracts", "contract_id")
    health = loaded(AssetHealthType, "health")
    champion = loaded(ModelVersionType | None, "champions")
    challenger = loaded(ModelVersionType | None, "challengers")
    binding = loaded(BindingType | None, "bindings", description="Null: no rule has it.")
    retraining = loaded(
        RetrainingOccasionType | None,
        "newest_occasions",
        description="The newest occasion of any retraining plan, with its verdict; null: none came up.",
    )
    drift = loaded(AssetDriftType | None, "drifts", description="Null: it has no champion, or was not looked at yet.")
    drift_mark = loaded(
        DriftMarkType | None,
        "drift_marks",
        description="Null: nothing of it drifts. Cheaper than `drift`, which reads every signal.",
    )
    deployment = loaded(DeploymentType | None, "deployments")
    open_case = loaded(CaseType | None, "open_cases")

    @strawberry.field(graphql_type=Bounds | None, description="What is stored of it.")
    @staticmethod
    async def history(parent: strawberry.Parent[contracts.Asset], info: Info) -> Bounds | None:
        bounds = await info.context.ask(readings.history_bounds, parent.id)
        return Bounds(first=bounds[0], last=bounds[1]) if bounds else None

    @strawberry.field(graphql_type=list[EventType], description="Newest first, retracted ones included.")
    @staticmethod
    async def events(
        parent: strawberry.Parent[contracts.Asset],
        info: Info,
        start: datetime | None = None,
        end: datetime | None = None,
        first: int = 100,
    ) -> list[happened.Event]:
        between = {"start": aware(start, "start"), "end": aware(end, "end"), "first": page_size(first)}
        return await info.context.read(events.list_events, parent.id, **between)

    @strawberry.field(graphql_type=list[RegimeType], description="Oldest first.")
    @staticmethod
    async def regimes(parent: strawberry.Parent[contracts.Asset], info: Info) -> list[happened.Regime]:
        return (await info.context.loaders.regimes.load(parent.id)) or []

    @strawberry.field(
        graphql_type=list[PartType],
        description="Parts named before, to choose from: those of this asset first, then the most frequent.",
    )
    @staticmethod
    async def parts(parent: strawberry.Parent[contracts.Asset], info: Info, first: int = 20) -> list[happened.Part]:
        return await info.context.read(events.parts, parent.id, page_size(first))

    @strawberry.field(graphql_type=Connection[ModelVersionType], description="Newest first.")
    @staticmethod
    async def versions(
        parent: strawberry.Parent[contracts.Asset], info: Info, first: int = 20, after: str | None = None
    ) -> Page[ModelVersion]:
        async def ask(size: int, start: object) -> list[ModelVersion]:
            return await info.context.read(registry.list_versions, parent.id, first=size, after=start)

        return await connect(info, f"versions/{parent.id}", first, after, ask, lambda each: (each.number,), read_number)

    @strawberry.field(graphql_type=Connection[RunType], description="Newest first.")
    @staticmethod
    async def runs(
        parent: strawberry.Parent[contracts.Asset], info: Info, first: int = 20, after: str | None = None
    ) -> Page[Run]:
        return await runs_page(info, parent.id, first, after)

    @strawberry.field(graphql_type=Connection[AlarmType], description="Newest first.")
    @staticmethod
    async def alarms(
        parent: strawberry.Parent[contracts.Asset],
        info: Info,
        states: list[AlarmState] | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> Page[watched.Alarm]:
        return await alarms_page(info, parent.id, states, first, after)


@strawberry.type
class AssetConnection(Connection[AssetType]):
    @strawberry.field(description="Assets that match, on all pages.")
    @staticmethod
    async def total_count(parent: strawberry.Parent["AssetPage"], info: Info) -> int:
        return await info.context.read(assets.count_assets, parent.query)


@dataclass(frozen=True, slots=True)
class AssetPage(Page[contracts.Asset]):
    query: contracts.AssetQuery


LISTING = (
    "By key. `search` matches key, title, line and site. `labels` is a label query: "
    "`line=3, maker in (acme, trumpf), !retired`. `contract` is the key of the one that they keep to; `drifting` those "
    "of which signals or scores drift. "
    f"{SINCE} A change is one of the asset itself, its labels included; not of its health or model."
)


@strawberry.type
class AssetsQuery:
    @strawberry.field(graphql_type=AssetConnection, description=LISTING)
    async def assets(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        search: str | None = None,
        health: Health | None = None,
        labels: str | None = None,
        contract: str | None = None,
        drifting: bool = False,
        updated_since: datetime | None = None,
    ) -> AssetPage:
        if updated_since is not None:
            filters = {"search": search, "health": health, "labels": labels, "contract": contract}
            filters["drifting"] = drifting or None
            load = info.context.loaders.assets.load_many
            found = await changed(info, "assets", updated_since, first, after, assets.changed_assets, load, **filters)
            return AssetPage(found.edges, found.page_info, contracts.AssetQuery())
        among = None if health is None else await info.context.read(monitoring.assets_in, health)
        drifts = await info.context.read(drift.drifting_assets) if drifting else None
        among = in_both(among, drifts)
        query = contracts.AssetQuery(search=search or None, labels=labels, contract=contract, among=among)

        async def ask(size: int, start: tuple[str, UUID] | None) -> list[contracts.Asset]:
            return await info.context.read(assets.list_assets, replace(query, first=size, after=start))

        page = await connect(info, "assets", first, after, ask, lambda each: (each.key, each.id), read_key_and_id)
        return AssetPage(page.edges, page.page_info, query)

    @strawberry.field(graphql_type=AssetType | None)
    async def asset(self, info: Info, key: str) -> contracts.Asset | None:
        return (await info.context.read(assets.assets_by_keys, [key])).get(key)

    @strawberry.field(
        graphql_type=list[AssetType], description="Those of 1 to 100 keys that exist, in the order asked for."
    )
    async def assets_by_keys(self, info: Info, keys: list[str]) -> list[contracts.Asset]:
        page_size(len(keys))
        found = await info.context.read(assets.assets_by_keys, keys)
        return [found[key] for key in dict.fromkeys(keys) if key in found]

    @strawberry.field(graphql_type=list[ContractType], description="The present version of each.")
    async def contracts(self, info: Info) -> list[ContractVersion]:
        return await info.context.read(assets.list_contracts)

    @strawberry.field(graphql_type=ContractType | None)
    async def contract(self, info: Info, key: str) -> ContractVersion | None:
        return await info.context.read_or_none(assets.contract_by_key, key)


@strawberry.input
class LabelInput:
    key: str = strawberry.field(description="1 to 63 of a-z, 0-9, _ . -, a letter first.")
    value: str = strawberry.field(description="At most 63 printable characters.")


@strawberry.input
class NewAssetInput:
    key: str
    title: str
    site: str
    line: str
    contract: str = strawberry.field(description="Key of the contract its readings keep to.")
    labels: list[LabelInput] = strawberry.field(default_factory=list, description="At most 32.")

    def asset(self) -> contracts.NewAsset:
        place = {"site": self.site, "line": self.line, "contract": self.contract}
        return contracts.NewAsset(self.key, self.title, **place, labels=labels_of(self.labels))


@strawberry.input
class CreateAssetsInput(Keyed):
    assets: list[NewAssetInput]


@strawberry.type
class CreatedAssets:
    assets: list[AssetType]


@strawberry.input
class SetLabelsInput(Keyed):
    asset_ids: list[strawberry.ID] = strawberry.field(description="At most 1,000.")
    set: list[LabelInput] = strawberry.field(default_factory=list, description="Added, or given their new values.")
    remove: list[str] = strawberry.field(default_factory=list, description="Keys; one that is not there is no error.")


@strawberry.type
class LabelledAssets:
    assets: list[AssetType] = strawberry.field(description="By key.")


def labels_of(given: list[LabelInput]) -> tuple[contracts.Label, ...]:
    return tuple(contracts.Label(label.key, label.value) for label in given)


@strawberry.input
class SignalInput:
    key: str
    title: str
    unit: str
    low: float
    high: float
    importance: Importance = plugin.Importance.IMPORTANT
    exogenous: bool = False


@strawberry.input
class PutContractInput(Keyed):
    key: str
    title: str
    signals: list[SignalInput]
    period_s: float

    def contract(self) -> plugin.Contract:
        signals = tuple(plugin.Signal(**vars(signal)) for signal in self.signals)
        try:
            return plugin.Contract(key=self.key, title=self.title, signals=signals, period_s=self.period_s)
        except ValueError as error:
            raise Invalid(f"This is no contract: {error}.", field="signals") from error


@strawberry.type
class AssetsMutation:
    @mutation(Right.EDIT_PLANT, "CreateAssetsResult", CreatedAssets, "Adds machines, all or none.")
    async def create_assets(self, info: Info, input: CreateAssetsInput) -> CreatedAssets:
        new = [asset.asset() for asset in input.assets]
        return CreatedAssets(assets=await info.context.change(assets.create_assets, new))  # pyright: ignore

    @mutation(Right.EDIT_PLANT, "SetLabelsResult", LabelledAssets, "Changes labels of assets, of all or of none.")
    async def set_labels(self, info: Info, input: SetLabelsInput) -> LabelledAssets:
        ids = [parse_id(each, "Asset", "assetIds") for each in input.asset_ids]
        changed = await info.context.change(assets.set_labels, ids, labels_of(input.set), input.remove)
        return LabelledAssets(assets=changed)  # pyright: ignore

    @mutation(Right.EDIT_PLANT, "PutContractResult", ContractType, "Agrees on a contract; a change is a new version.")
    async def put_contract(self, info: Info, input: PutContractInput) -> ContractVersion:
        return await info.context.change(assets.put_contract, input.contract())
