"""What can be wrong with a request to the registry."""

from services.kernel.errors import NotFound


class VersionNotFound(NotFound):
    code = "VERSION_NOT_FOUND"
