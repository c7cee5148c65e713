"""Whether the settings of the parts that are given by URL are whole and usable, asked once, before anything starts."""

from urllib.parse import urlsplit

from pydantic import SecretStr

from infra.outside.accounts import Operator
from infra.outside.nkeys import NotAKey
from infra.settings import SettingMissing, Settings, SettingUnusable


def check(settings: Settings) -> None:
    """Raises `SettingMissing`, `SettingUnusable`."""
    if settings.database_url is not None:
        _needed(settings.database_owner_url, "ANDON_DATABASE_OWNER_URL", "DATABASE_URL")
        _needed(settings.database_relay_url, "ANDON_DATABASE_RELAY_URL", "DATABASE_URL")
    if settings.nats_url is not None:
        _place(settings.nats_url, "NATS_URL", "nats")
        seed = _needed(settings.nats_operator_seed, "ANDON_NATS_OPERATOR_SEED", "NATS_URL")
        credentials = _needed(settings.nats_system_credentials, "ANDON_NATS_SYSTEM_CREDENTIALS", "NATS_URL")
        try:
            Operator.of(seed, credentials)
        except NotAKey as error:
            raise SettingUnusable(
                f"ANDON_NATS_OPERATOR_SEED or ANDON_NATS_SYSTEM_CREDENTIALS cannot be read: {error}."
            ) from error
    if settings.s3_endpoint is not None:
        _place(settings.s3_endpoint, "S3_ENDPOINT", "http")
        _needed(settings.s3_access_key, "ANDON_S3_ACCESS_KEY", "S3_ENDPOINT")
        _needed(settings.s3_secret_key, "ANDON_S3_SECRET_KEY", "S3_ENDPOINT")


def _needed(secret: SecretStr | None, name: str, because: str) -> str:
    if secret is None:
        raise SettingMissing(f"{because} is set, so {name} is needed too. Set it, or unset {because}.")
    return secret.get_secret_value()


def _place(url: str, name: str, scheme: str) -> None:
    """One address, in the clear: a box reaches it through a socket that carries bytes, at another name and port, so
    that a certificate would not fit."""
    place = urlsplit(url)
    try:
        fits = bool(place.hostname and place.port) and place.username is None and not place.path.strip("/")
    except ValueError:
        fits = False
    if not fits or place.scheme != scheme:
        raise SettingUnusable(
            f"{name} must be one address of the form {scheme}://host:port, without a user or a path: tenants' clusters "
            "cannot speak TLS to it. Put a proxy that ends TLS beside Andon, and name that."
        )
