"""The state folder: private, remembered, safe against a port that somebody took."""

import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from infra.local.state import HIGHEST_PORT, LOWEST_PORT, State, is_free


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def state(tmp_path):
    return State(tmp_path / "home")


def test_folders_and_secrets_are_the_owners_alone(state):
    secret = state.secret("nats-system")
    assert mode(state.home) == mode(state.logs) == mode(state.run) == 0o700
    assert mode(state.home / "secrets" / "nats-system") == 0o600
    assert len(secret) == 43


def test_secrets_are_kept_and_differ(state):
    assert state.secret("a") == State(state.home).secret("a")
    assert state.secret("a") != state.secret("b")


def test_processes_that_start_together_have_one_secret(state):
    together = Barrier(8)

    def ask(name: str) -> str:
        together.wait()
        return State(state.home).secret(name)

    with ThreadPoolExecutor(8) as processes:
        for name in ("a", "b", "c", "d"):
            assert len(set(processes.map(ask, [name] * 8))) == 1
    assert sorted(path.name for path in (state.home / "secrets").iterdir()) == ["a", "b", "c", "d"]


def test_a_port_is_remembered(state):
    port = state.port("nats")
    assert State(state.home).port("nats") == state.known_port("nats") == port


def test_ports_lie_apart_from_inner_ones_and_below_those_of_outgoing_connections(state):
    ports = {state.port(str(number)) for number in range(50)}
    assert len(ports) == 50
    assert min(ports) >= LOWEST_PORT
    assert max(ports) <= HIGHEST_PORT < LOWEST_PORT + 10_000
    assert HIGHEST_PORT + 10_000 < 32_768


def test_a_taken_port_is_chosen_again(state):
    port = state.port("nats")
    with socket.socket() as thief:
        thief.bind(("127.0.0.1", port))
        thief.listen()
        assert not is_free(port)
        assert state.port("nats") != port


def test_the_inner_port_is_looked_at_too(state):
    port = state.port("s3", also=10_000)
    with socket.socket() as thief:
        thief.bind(("127.0.0.1", port + 10_000))
        thief.listen()
        assert state.port("s3", also=10_000) != port


def test_a_port_that_was_never_chosen_is_an_error(state):
    with pytest.raises(KeyError):
        state.known_port("nothing")


def test_sockets_of_a_deep_folder_go_elsewhere(tmp_path):
    state = State(tmp_path / ("deep" * 30))
    assert len(str(state.run)) < 80
    assert mode(state.run) == 0o700
    assert State(state.home).run == state.run
    state.run.rmdir()
