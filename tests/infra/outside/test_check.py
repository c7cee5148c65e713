"""Settings that go with a URL are asked for before anything starts."""

import pytest
from outside import OperatorKeys

from infra.outside.check import check
from infra.outside.nkeys import Key, Kind
from infra.settings import SettingMissing, Settings, SettingUnusable, environment_for

KEYS = OperatorKeys(*(Key.derived("x", kind, "test") for kind in (Kind.OPERATOR, Kind.ACCOUNT, Kind.USER)))
WHOLE = {
    "database_url": "postgresql://a",
    "database_owner_url": "postgresql://b",
    "database_relay_url": "postgresql://c",
    "nats_url": "nats://10.0.0.7:4222",
    "nats_operator_seed": KEYS.operator.seed,
    "nats_system_credentials": KEYS.credentials,
    "s3_endpoint": "http://[::1]:8333",
    "s3_access_key": "key",
    "s3_secret_key": "secret",
}
URLS = ("database_url", "nats_url", "s3_endpoint")


def test_nothing_given_and_all_given_will_do(tmp_path):
    check(Settings(home=tmp_path))
    check(Settings(home=tmp_path, **WHOLE))


@pytest.mark.parametrize("name", [name for name in WHOLE if name not in URLS])
def test_what_goes_with_a_url_is_missed_by_name(tmp_path, name):
    with pytest.raises(SettingMissing, match=f"ANDON_{name.upper()} is needed too"):
        check(Settings(home=tmp_path, **{key: value for key, value in WHOLE.items() if key != name}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nats_url", "tls://10.0.0.7:4222"),
        ("nats_url", "nats://10.0.0.7"),
        ("nats_url", "nats://a:1,nats://b:2"),
        ("nats_url", "nats://user:word@10.0.0.7:4222"),
        ("s3_endpoint", "https://s3.example.com:443"),
        ("s3_endpoint", "http://s3.example.com:9000/path"),
        ("nats_operator_seed", KEYS.user.seed),
        ("nats_system_credentials", "no credentials"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, name, value):
    variable = name.upper() if name in URLS else f"ANDON_{name.upper()}"
    with pytest.raises(SettingUnusable, match=variable) as refused:
        check(Settings(home=tmp_path, **{**WHOLE, name: value}))
    assert value not in str(refused.value)


def test_the_keys_that_make_accounts_and_buckets_go_to_their_makers_only(tmp_path, monkeypatch):
    secrets = {
        "ANDON_NATS_OPERATOR_SEED",
        "ANDON_NATS_SYSTEM_CREDENTIALS",
        "ANDON_S3_ACCESS_KEY",
        "ANDON_S3_SECRET_KEY",
    }
    for name in secrets:
        monkeypatch.setenv(name, "x")
    given = {process: secrets & environment_for(process, tmp_path).keys() for process in ("worker", "demo", "up")}
    assert given == dict.fromkeys(given, secrets)
    for process in ("gateway", "historian"):
        assert not secrets & environment_for(process, tmp_path).keys()
