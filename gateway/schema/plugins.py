"""Plugins: which there are, how far each can be believed, and which of them the tenant uses."""

import json
from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from gateway.schema.kit import Info, Keyed, Shows, mutation
from services.blueprints import api as blueprints
from services.enclaves import api as enclaves
from services.kernel.rights import Permission as Right
from services.plugins import api as plugins
from services.plugins import contracts
from services.plugins.contracts import FaultKind, PackageState
from services.plugins.errors import PluginSettingsInvalid

strawberry.enum(PackageState, name="PluginState", description="How far a plugin can be believed.")
strawberry.enum(FaultKind, name="PluginFaultKind", description="What a plugin did that it must not.")


@strawberry.type(name="PluginFault", description="Something a plugin did that it must not, and what to do.")
class PluginFaultType:
    hook: str | None = strawberry.field(description="Null: it was being loaded.")
    kind: FaultKind
    what: str
    next: str
    at: datetime


@strawberry.type(name="PluginDeclares", description="What a hook of a plugin declares.")
class PluginDeclaresType:
    hook: str
    keys: list[str]


@strawberry.type(name="PluginVersion", description="A version of a plugin that is installed or in the catalogue.")
class PluginVersionType:
    version: str
    state: PackageState
    reasons: list[str] = strawberry.field(description="Why it is in this state; none for what is beyond doubt.")
    title: str
    summary: str
    sector: str
    hosts: list[str] = strawberry.field(description="`name:port` of hosts that it says it would like to reach.")
    faults: list[PluginFaultType] = strawberry.field(description="The last 20, oldest first.")
    disabled: bool = strawberry.field(description="After repeated faults, for everybody on this installation.")
    added_at: datetime | None = strawberry.field(description="Null for what is installed with Andon.")

    @strawberry.field(graphql_type=list[PluginDeclaresType])
    @staticmethod
    def declares(parent: strawberry.Parent[contracts.OfferedVersion]) -> list[PluginDeclaresType]:
        return [PluginDeclaresType(hook=hook, keys=list(keys)) for hook, keys in sorted(parent.declares.items())]

    @strawberry.field(graphql_type=JSON | None, description="JSON Schema of its settings; null where it has none.")
    @staticmethod
    def settings_form(parent: strawberry.Parent[contracts.OfferedVersion]) -> Any:
        return parent.settings


@strawberry.type(name="TenantPlugin", description="A plugin, as the tenant uses it.")
class TenantPluginType(Shows):
    represents = contracts.TenantPlugin
    name: str
    versions: list[PluginVersionType] = strawberry.field(description="Newest first.")
    enabled: bool
    version: str | None = strawberry.field(description="That the tenant uses.")
    former_version: str | None = strawberry.field(description="That it used before: enable that to go back.")
    settings: JSON = strawberry.field(description="Without the secret ones.")
    secrets: list[str] = strawberry.field(description="Names of the secret settings that are set; never their values.")
    changed_by: str | None
    changed_at: datetime | None


@strawberry.type
class PluginsQuery:
    @strawberry.field(
        graphql_type=list[TenantPluginType],
        description="All there are, by name. Needs `MANAGE_PLUGINS`.",
    )
    async def plugins(self, info: Info) -> list[contracts.TenantPlugin]:
        return await info.context.read(plugins.list_plugins)


@strawberry.input
class EnablePluginInput(Keyed):
    plugin: str = strawberry.field(description="Its name.")
    version: str | None = strawberry.field(
        default=None,
        description="Another one than is used: an upgrade, or the way back. Default: the one that is used.",
    )


@strawberry.input
class DisablePluginInput(Keyed):
    plugin: str


@strawberry.input
class PutPluginSettingsInput(Keyed):
    plugin: str
    settings: JSON = strawberry.field(description="All that are not secret, as the form asks for them.")
    secrets: JSON | None = strawberry.field(
        default=None, description="Secret ones that change, by name; null takes one away. The others stay."
    )


@strawberry.type
class PluginsMutation:
    @mutation(
        Right.MANAGE_PLUGINS,
        "EnablePluginResult",
        TenantPluginType,
        "Uses a plugin, or another version of one, from the next run on; clusters that run start anew with it.",
    )
    async def enable_plugin(self, info: Info, input: EnablePluginInput) -> contracts.TenantPlugin:
        ground = enclaves.grounded(info.context.platform)
        return await info.context.change(blueprints.enable_plugin, ground, input.plugin, input.version)

    @mutation(
        Right.MANAGE_PLUGINS,
        "DisablePluginResult",
        TenantPluginType,
        "Uses a plugin no more; settings are kept. Not while champions are its models.",
    )
    async def disable_plugin(self, info: Info, input: DisablePluginInput) -> contracts.TenantPlugin:
        return await info.context.change(blueprints.disable_plugin, input.plugin)

    @mutation(
        Right.MANAGE_PLUGINS,
        "PutPluginSettingsResult",
        TenantPluginType,
        "Tells a plugin its settings, once they fit its form; clusters that run start anew with them.",
    )
    async def put_plugin_settings(self, info: Info, input: PutPluginSettingsInput) -> contracts.TenantPlugin:
        ground = enclaves.grounded(info.context.platform)
        given = [
            _object(input.plugin, key, value)
            for key, value in (("settings", input.settings), ("secrets", input.secrets or {}))
        ]
        return await info.context.change(plugins.put_settings, ground, input.plugin, *given)


def _object(plugin: str, field: str, value: object) -> dict[str, Any]:
    """Raises `PluginSettingsInvalid`."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        message = f"`{field}` must be a JSON object, such as {json.dumps({'name': 'value'})}."
        raise PluginSettingsInvalid(message, field=field, plugin=plugin, at="")
    return value
