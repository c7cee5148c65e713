"""The public API from Python. Needs the extra: `pip install andon-sdk[client]`.

`Client` and, for programs that await, `AsyncClient`; `done` gives the object of a typed mutation or raises its error.
Inputs and answers of every operation are classes of `andon_sdk.client.typed`.
"""

from andon_sdk.client.async_client import AsyncClient
from andon_sdk.client.client import Client
from andon_sdk.client.done import done
from andon_sdk.client.errors import ClientError, NotSignedIn, Refused, Unreachable
from andon_sdk.client.files import Failed
from andon_sdk.client.waiting import Bar

__all__ = ["AsyncClient", "Bar", "Client", "ClientError", "Failed", "NotSignedIn", "Refused", "Unreachable", "done"]
