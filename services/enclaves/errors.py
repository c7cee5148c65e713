"""What can go wrong with an enclave."""

from services.kernel.errors import Conflict, NotFound, Unavailable


class EnclaveMissing(Unavailable):
    """It is still being made: what needs it is to be tried again."""

    code = "ENCLAVE_MISSING"


class DeviceLoginNotFound(NotFound):
    code = "DEVICE_LOGIN_NOT_FOUND"


class SecretUnreadable(Conflict):
    """The installation's key is not the one the secret was kept with."""

    code = "SECRET_UNREADABLE"


class ProvisioningFailed(Unavailable):
    """A server did not take up an account, a bucket or a box."""

    code = "PROVISIONING_FAILED"
