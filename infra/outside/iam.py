"""A client of the IAM query API (AWS; SeaweedFS and Ceph speak it): the calls that a tenant's user takes.

Requests are signed with Signature Version 4
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
"""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

import urllib3
from urllib3.exceptions import HTTPError

from services.enclaves.adapters.objects import REGION

_VERSION = "2010-05-08"
_FORM = "application/x-www-form-urlencoded"
_SIGNED = "content-type;host;x-amz-date"
_TIMEOUT = urllib3.Timeout(connect=2, read=10)


@dataclass(frozen=True, slots=True)
class Admin:
    """A key that may make buckets, users, policies and keys."""

    access_key: str
    secret_key: str = field(repr=False)


class NoIam(Exception):
    """What answers at the address is no IAM API, or nothing answers."""


class IamRefused(Exception):
    """IAM's answer is an error. `code` is its word for it."""

    def __init__(self, action: str, code: str, message: str) -> None:
        super().__init__(f"{action}: {code}, {message}")
        self.code = code


class Iam:
    """Blocks; call it in a thread. Every call raises `NoIam` and `IamRefused`."""

    def __init__(self, endpoint: str, admin: Admin) -> None:
        self._endpoint = endpoint.rstrip("/") + "/"
        self._admin = admin
        self._http = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)

    def ensure_user(self, user: str) -> None:
        try:
            self._call("CreateUser", UserName=user)
        except IamRefused as error:
            if error.code != "EntityAlreadyExists":
                raise

    def put_policy(self, user: str, name: str, policy: dict[str, Any]) -> None:
        """An inline policy of the user; takes the place of one of that name."""
        self._call("PutUserPolicy", UserName=user, PolicyName=name, PolicyDocument=json.dumps(policy))

    def access_keys(self, user: str) -> list[str]:
        answer = self._call("ListAccessKeys", UserName=user)
        return [str(key.text) for key in answer.iterfind(".//{*}AccessKeyId")]

    def delete_access_key(self, user: str, access_key: str) -> None:
        self._call("DeleteAccessKey", UserName=user, AccessKeyId=access_key)

    def create_access_key(self, user: str) -> tuple[str, str]:
        """The key and its secret, which is told this once."""
        answer = self._call("CreateAccessKey", UserName=user)
        key, secret = (answer.findtext(f".//{{*}}{name}") for name in ("AccessKeyId", "SecretAccessKey"))
        if not key or not secret:
            raise NoIam(f"{self._endpoint} answered CreateAccessKey without a key")
        return key, secret

    def remove_user(self, user: str, policy: str) -> None:
        """With its keys and that policy; harmless when it is not there."""
        try:
            for key in self.access_keys(user):
                self.delete_access_key(user, key)
            self._call("DeleteUserPolicy", UserName=user, PolicyName=policy)
            self._call("DeleteUser", UserName=user)
        except IamRefused as error:
            if error.code not in {"NoSuchEntity", "NoSuchEntityException"}:
                raise

    def _call(self, action: str, **fields: str) -> ElementTree.Element:
        body = urlencode({"Action": action, "Version": _VERSION, **fields}).encode()
        headers = signed(self._endpoint, body, self._admin, datetime.now(UTC))
        try:
            response = self._http.request("POST", self._endpoint, body=body, headers=headers, redirect=False)
        except HTTPError as error:
            raise NoIam(f"{self._endpoint} does not answer: {error}") from error
        try:
            answer = ElementTree.fromstring(response.data)  # noqa: S314  the operator's own server; expat bounds entities
        except ElementTree.ParseError as error:
            raise NoIam(f"{self._endpoint} answers {action} with {response.status} and no XML") from error
        if response.status == 200 and answer.tag.endswith(f"{action}Response"):
            return answer
        code = answer.findtext(".//{*}Code") or ""
        if response.status == 200 or code in {"", "MethodNotAllowed", "NotImplemented", "InvalidAction"}:
            raise NoIam(f"{self._endpoint} answers {action} with {response.status} {code or answer.tag}")
        raise IamRefused(action, code, answer.findtext(".//{*}Message") or "without a reason")


def signed(endpoint: str, body: bytes, admin: Admin, now: datetime) -> dict[str, str]:
    """Headers of a POST of that form."""
    place, stamp = urlsplit(endpoint), now.strftime("%Y%m%dT%H%M%SZ")
    day = stamp[:8]
    headers = {"content-type": _FORM, "host": place.netloc, "x-amz-date": stamp}
    lines = [f"{name}:{value}" for name, value in headers.items()]
    request = "\n".join(["POST", place.path, "", *lines, "", _SIGNED, hashlib.sha256(body).hexdigest()])
    scope = f"{day}/{REGION}/iam/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{admin.secret_key}".encode()
    for part in scope.split("/"):
        key = _mac(key, part)
    credential = f"Credential={admin.access_key}/{scope}, SignedHeaders={_SIGNED}"
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 {credential}, Signature={_mac(key, text).hex()}"}


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
