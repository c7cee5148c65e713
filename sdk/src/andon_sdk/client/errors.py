"""What can go wrong when talking to Andon.

ClientError
├── Refused       Andon understood and said no: `code`, `message`, `field`, `facts`
├── NotSignedIn   the key is missing, wrong, revoked or expired
└── Unreachable   no answer; the request may or may not have had its effect
"""

from collections.abc import Mapping


class ClientError(Exception):
    """Base of all errors of the client."""


class Refused(ClientError):
    """Andon said no. `code` is stable; `message` says what, why and the next step."""

    def __init__(
        self,
        code: str,
        message: str,
        field: str | None = None,
        facts: Mapping[str, object] | None = None,
        retry_after_s: float | None = None,
    ):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.field = field
        self.facts = dict(facts or {})
        self.retry_after_s = retry_after_s
        """When the same request may be taken; None when it will be refused again."""


class NotSignedIn(ClientError):
    pass


class Unreachable(ClientError):
    pass
