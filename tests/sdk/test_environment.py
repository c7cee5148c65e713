"""A client from the environment, as a workbench has it."""

import pytest

from andon_sdk.client import AsyncClient, Client, NotSignedIn


def test_address_and_key_are_taken_from_the_environment(monkeypatch) -> None:
    monkeypatch.setenv("ANDON_URL", "http://localhost:8700/andon/")
    monkeypatch.setenv("ANDON_KEY", "andon_k")
    with Client.from_environment(timeout_s=3) as client:
        http = client._http
        assert (str(http.base_url), http.headers["authorization"], http.timeout.read) == (
            "http://localhost:8700/andon/",
            "Bearer andon_k",
            3,
        )


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_what_is_missing_is_named(monkeypatch, kind) -> None:
    monkeypatch.delenv("ANDON_URL", raising=False)
    monkeypatch.setenv("ANDON_KEY", "")
    with pytest.raises(NotSignedIn, match="ANDON_URL and ANDON_KEY are not set"):
        kind.from_environment()
