"""The door of log-in by providers: which of them a tenant trusts (`providers`), and the log-in itself (`login`)."""

from services.oidc.adapters.issuers import Issuers
from services.oidc.api.login import begin_login, finish_login, offered_providers
from services.oidc.api.providers import (
    add_provider,
    change_provider,
    check_provider,
    list_providers,
    remove_provider,
)

__all__ = [
    "Issuers",
    "add_provider",
    "begin_login",
    "change_provider",
    "check_provider",
    "finish_login",
    "list_providers",
    "offered_providers",
    "remove_provider",
]
