"""Splitting a typed mutation's answer into the object and the error."""

from typing import TypeVar

from andon_sdk.client.errors import Refused
from andon_sdk.client.typed.fragments import Problem

T = TypeVar("T")


def done(answer: T | Problem) -> T:
    """The object that a typed mutation answered. Raises `Refused` when the answer is an error."""
    if isinstance(answer, Problem):
        raise Refused(answer.code, answer.message, answer.field, answer.facts)
    return answer
