"""What a tenant has to itself: its two clusters, and a login for its devices."""

from collections.abc import Mapping

import strawberry

from gateway.schema.kit import Info, Keyed, Shows, mutation
from services.blueprints import api as blueprints
from services.blueprints.contracts import ClusterEnvironment
from services.enclaves import api as enclaves
from services.enclaves import contracts
from services.enclaves.contracts import ClusterKind, ClusterState, ClusterStatus
from services.kernel.rights import Permission as Right

strawberry.enum(ClusterKind, description="Training and serving are apart.")
strawberry.enum(ClusterState, description="How far a cluster is.")


@strawberry.type(description="A cluster of the tenant. It is started when first needed.")
class Cluster:
    kind: ClusterKind
    state: ClusterState
    detail: str


@strawberry.type(description="A version of a package.")
class PackageVersion:
    name: str
    version: str


@strawberry.type(description="What of the processor changes sums.")
class ProcessorFact:
    key: str
    value: str


@strawberry.type(description="What a plugin is fitted with beside what all have, or in place of it.")
class OwnPackages:
    plugin: str
    packages: list[PackageVersion]


@strawberry.type(
    name="Environment", description="What the tenant's clusters have, of all that can change a model's numbers."
)
class EnvironmentType:
    python: str

    @strawberry.field(description="What plugins in use ask for, with all that this asks for.")
    @staticmethod
    def packages(parent: strawberry.Parent[ClusterEnvironment]) -> list[PackageVersion]:
        return _packages(parent.packages)

    @strawberry.field
    @staticmethod
    def hardware(parent: strawberry.Parent[ClusterEnvironment]) -> list[ProcessorFact]:
        return [ProcessorFact(key=key, value=said) for key, said in sorted(parent.processor.items())]

    @strawberry.field
    @staticmethod
    def own(parent: strawberry.Parent[ClusterEnvironment]) -> list[OwnPackages]:
        return [OwnPackages(plugin=plugin, packages=_packages(found)) for plugin, found in sorted(parent.own.items())]


def _packages(found: Mapping[str, str]) -> list[PackageVersion]:
    return [PackageVersion(name=name, version=version) for name, version in sorted(found.items())]


@strawberry.type(name="DeviceLogin", description="How devices publish readings over MQTT: one login for all of them.")
class DeviceLoginType(Shows):
    represents = contracts.DeviceLogin
    address: str | None = strawberry.field(
        description="`mqtt://host:port`; null where the installation was not told how devices reach it."
    )
    user: str
    password: str
    topic: str = strawberry.field(description="`{contract}` stands for the key of the readings' contract.")


@strawberry.type
class EnclavesQuery:
    @strawberry.field(graphql_type=list[Cluster])
    async def clusters(self, info: Info) -> list[ClusterStatus]:
        info.context.principal.require(Right.VIEW)
        clusters, tenant = info.context.platform.clusters, info.context.principal.tenant
        return [await clusters.status(tenant, kind) for kind in ClusterKind]

    @strawberry.field(graphql_type=EnvironmentType, description="What models are made and served with.")
    async def environment(self, info: Info) -> ClusterEnvironment:
        return await info.context.read(blueprints.cluster_environment)

    @strawberry.field(graphql_type=DeviceLoginType, description="Needs `MANAGE_KEYS`.")
    async def device_login(self, info: Info) -> contracts.DeviceLogin:
        return await info.context.read(enclaves.device_login, enclaves.grounded(info.context.platform))


@strawberry.input
class RenewDeviceLoginInput(Keyed):
    user: str = strawberry.field(description="As `deviceLogin` says.")


@strawberry.type
class EnclavesMutation:
    @mutation(
        Right.MANAGE_KEYS,
        "RenewDeviceLoginResult",
        DeviceLoginType,
        "Makes a new password for all devices; the old one is good no more within seconds.",
    )
    async def renew_device_login(self, info: Info, input: RenewDeviceLoginInput) -> contracts.DeviceLogin:
        platform = info.context.platform
        ground = enclaves.grounded(platform)
        return await info.context.change(enclaves.renew_device_login, ground, input.user, platform.clock())
