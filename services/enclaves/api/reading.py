"""What every use case of enclaves begins with: the means, and the tenant's rows."""

from services.enclaves.contracts import BucketCredential
from services.enclaves.errors import EnclaveMissing, ProvisioningFailed
from services.enclaves.platform import Ground, Platform
from services.enclaves.repository import Enclaves
from services.enclaves.secrets import bucket_credential
from services.enclaves.tables import CredentialTable, EnclaveTable
from services.kernel.uow import UnitOfWork


def grounded(platform: Platform) -> Ground:
    """Raises `ProvisioningFailed` in a process that was built without the means to make enclaves."""
    if platform.ground is None:
        raise ProvisioningFailed("This process was not given the means to make enclaves; the worker has them.")
    return platform.ground


async def rows_of(uow: UnitOfWork) -> tuple[EnclaveTable, dict[str, CredentialTable]]:
    store = Enclaves(uow)
    enclave = await store.enclave()
    if enclave is None:
        raise EnclaveMissing("This tenant has no stream and no bucket yet; they are made within seconds of the tenant.")
    return enclave, await store.credentials()


def bucket_of(ground: Ground, enclave: EnclaveTable, rows: dict[str, CredentialTable]) -> BucketCredential:
    found = bucket_credential(ground.vault, enclave, rows, ground.buckets.endpoint)
    if found is None:
        raise EnclaveMissing("This tenant has no bucket yet; it is made within seconds of the tenant.")
    return found
