"""The public API from Python. Needs the extra: `pip install andon-sdk[client]`."""

from andon_sdk.client.client import Client
from andon_sdk.client.errors import ClientError, NotSignedIn, Refused, Unreachable

__all__ = ["Client", "ClientError", "NotSignedIn", "Refused", "Unreachable"]
