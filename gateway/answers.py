"""What a mutation answered, kept for its idempotency key.

Kept as JSON of the use case's answer, whose type its signature names, and sealed with the gateway's secret: a key or a
login that is shown once stands in no table.
"""

import base64
from collections.abc import Callable
from functools import lru_cache
from typing import Any, get_type_hints

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import TypeAdapter

from services.kernel.errors import Conflict

UseCase = Callable[..., Any]


class AnswerUnreadable(Conflict):
    """The gateway's secret is another one than when the answer was kept."""

    code = "ANSWER_UNREADABLE"


class Answers:
    def __init__(self, secret: bytes) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"andon gateway answers").derive(secret)
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def close(self, use_case: UseCase, answer: object) -> str:
        return self._fernet.encrypt(answer_type(use_case).dump_json(answer)).decode()

    def open(self, use_case: UseCase, kept: str) -> Any:
        """Raises `AnswerUnreadable`."""
        try:
            return answer_type(use_case).validate_json(self._fernet.decrypt(kept))
        except InvalidToken as error:
            raise AnswerUnreadable(
                "This was done under the same idempotency key, but its answer can be read no more: the gateway's "
                "secret has changed since. Look at the present state.",
                field="idempotencyKey",
            ) from error


@lru_cache(None)
def answer_type(use_case: UseCase) -> TypeAdapter[Any]:
    """How the use case's answer becomes JSON and comes back from it."""
    return TypeAdapter(get_type_hints(use_case)["return"])
