"""Settings of a connector: errors name the field, secrets stand elsewhere."""

import pytest
from pydantic import BaseModel, SecretStr

from andon_sdk.connector import SettingsRefused, read_settings


class Peer(BaseModel):
    port: int
    password: SecretStr | None = None


def test_secrets_come_from_a_file_or_the_environment(tmp_path, monkeypatch):
    (tmp_path / "password").write_text("quiet\n")
    monkeypatch.setenv("PEER_PASSWORD", "loud")
    from_file = read_settings(Peer, {"port": 1, "password": {"file": str(tmp_path / "password")}})
    from_environment = read_settings(Peer, {"port": 1, "password": {"env": "PEER_PASSWORD"}})
    assert [each.password.get_secret_value() for each in (from_file, from_environment)] == ["quiet", "loud"]
    assert read_settings(Peer, {"port": 1}).password is None


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("quiet", 'password: a secret is not written here: say { file = "…" } or { env = "…" }.'),
        ({"env": "NOT_SET"}, "password: the environment variable NOT_SET is not set."),
        ({"file": "/nowhere"}, "password: /nowhere cannot be read: No such file or directory."),
    ],
)
def test_a_secret_that_is_not_there_is_refused(password, said):
    with pytest.raises(SettingsRefused) as refused:
        read_settings(Peer, {"port": 1, "password": password})
    assert str(refused.value) == said
    assert refused.value.field == "password"


def test_a_wrong_value_is_named():
    with pytest.raises(SettingsRefused, match="port: Input should be a valid integer") as refused:
        read_settings(Peer, {"port": "x"})
    assert refused.value.field == "port"
