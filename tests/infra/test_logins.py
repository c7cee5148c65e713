"""Providers of identity from the command line, against a real one."""

import json
import os

import pytest
from command_line import andon
from identity_provider import CLIENT, SECRET, IdentityProvider

from infra.logins import Wish, secret_of, wish_of
from services.audit import api as audit
from services.audit.contracts import AuditQuery
from services.oidc.contracts import NewProvider

REAL = "https://login.example/realms/works"


def test_what_the_command_line_wishes(tmp_path):
    assert wish_of(None, None, None, None, (), remove=False) == Wish()
    assert wish_of(REAL, None, None, None, (), remove=True) == Wish(remove=REAL)
    assert wish_of(REAL, "andon", "s", None, ("works.example",), remove=False) == Wish(
        add=NewProvider("login.example", REAL, "andon", "s", ("works.example",))
    )
    for wrong in [
        (None, "andon", None, None, ()),
        (REAL, None, None, None, ()),
    ]:
        with pytest.raises(ValueError, match="Say"):
            wish_of(*wrong, remove=False)
    with pytest.raises(ValueError, match="its issuer only"):
        wish_of(REAL, "andon", None, None, (), remove=True)
    (tmp_path / "secret").write_text("hidden\n")
    assert (secret_of(tmp_path / "secret"), secret_of(None)) == ("hidden", None)


@pytest.mark.platform
async def test_a_provider_is_added_shown_and_removed(platform, tenant, principal, tmp_path, monkeypatch):
    (tmp_path / "secret").write_text(SECRET)
    words = ("tenant", "login", tenant.slug)
    async with IdentityProvider.running() as idp:
        add = (*words, idp.issuer, "--client-id", CLIENT, "--secret-file", str(tmp_path / "secret"), "--name", "Works")
        code, said = await andon(platform, *add)
        assert (code, "https only" in json.loads(said)["error"]) == (1, True), "no network is opened"
        monkeypatch.setenv("ANDON_GATEWAY_OIDC_NETWORKS", "127.0.0.0/8")
        assert os.environ["ANDON_GATEWAY_OIDC_NETWORKS"]
        code, said = await andon(platform, *add)
        known = [{"name": "Works", "issuer": idp.issuer, "clientId": CLIENT}]
        assert (code, json.loads(said)) == (0, known)
        code, said = await andon(platform, *words)
        assert (code, json.loads(said)) == (0, known)
        code, said = await andon(platform, *words, idp.issuer + "/", "--remove")
        assert (code, "trusts no issuer" in json.loads(said)["error"]) == (1, True)
        code, said = await andon(platform, *words, idp.issuer, "--remove")
        assert (code, json.loads(said)) == (0, [])
    async with platform.unit(tenant) as uow:
        records = await audit.list_records(uow, principal, AuditQuery())
    told = [(record.action, record.actor_name.partition(", ")[2]) for record in records if "oidc" in record.action]
    assert sorted(told) == [("oidc.add_provider", "platform operator"), ("oidc.remove_provider", "platform operator")]
