"""Posting: what comes back, and where it is not led."""

import ssl
from collections import deque

import httpx
import pytest
from receiver import HANG, Receiver, answer

from infra.local import certificates
from infra.local.state import State
from services.kernel import outward
from services.kernel.outward import Outward, Resolver
from services.kernel.reach import Reach
from services.webhooks.adapters import post as adapter
from services.webhooks.adapters.post import Outcome, post

HERE = Reach.of("127.0.0.0/8")
TLS = httpx.create_ssl_context()


def names(*answers: str):
    """A name server that gives these addresses, one after the other, the last for ever."""
    waiting = deque(answers)

    async def resolve(host: str, port: int) -> list[str]:
        del host, port
        return (waiting.popleft() if len(waiting) > 1 else waiting[0]).split()

    return resolve


async def posted(url: str, *, reach: Reach = HERE, resolve=None, tls: ssl.SSLContext = TLS) -> Outcome:
    system = Resolver()
    try:
        way = Outward(reach, resolve or system, tls)
        return await post(url, {"webhook-id": "msg_1"}, b'{"a":1}', way)
    finally:
        system.close()


async def test_what_is_posted_arrives_as_it_is(receiver):
    outcome = await posted(f"{receiver.url}/hook?a=%20b")
    assert (outcome.status, outcome.error, outcome.answer) == (204, None, "")
    [received] = receiver.requests
    assert (received.target, received.body) == ("/hook?a=%20b", b'{"a":1}')
    expected = {"content-type": "application/json", "webhook-id": "msg_1", "user-agent": "Andon-Webhooks/1"}
    assert expected.items() <= received.headers.items()
    assert received.headers["host"] == receiver.url.removeprefix("http://")


async def test_a_refusal_is_told_with_the_beginning_of_the_answer(receiver):
    receiver.answers.append(answer(500, b"no \xff room" + b"x" * 5000))
    outcome = await posted(receiver.url)
    assert (outcome.status, outcome.error) == (500, "The receiver answered 500.")
    assert outcome.answer == "no � room" + "x" * 1015


async def test_an_endless_answer_is_not_read(receiver):
    receiver.answers.append(
        b"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b"x" * 1024 + b"\r\n"
    )
    assert (await posted(receiver.url)).error is None


async def test_a_receiver_may_say_when_to_come_again(receiver):
    receiver.answers += [
        answer(429, b"", "Retry-After: 120"),
        answer(503, b"", "Retry-After: Fri, 31 Dec 2027 23:59:59 GMT"),
    ]
    assert [(await posted(receiver.url)).retry_after for _ in range(2)] == [120.0, None]


async def test_a_receiver_that_hangs_is_left(receiver, monkeypatch):
    monkeypatch.setattr(adapter, "TIMEOUT_S", 0.3)
    receiver.answers.append(HANG)
    outcome = await posted(receiver.url)
    assert (outcome.status, outcome.error) == (None, "There was no whole answer within 0 seconds.")
    assert outcome.duration_ms >= 300


@pytest.mark.parametrize("reply", [b"SSH-2.0-x\r\n", b"HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nx"])
async def test_what_is_no_answer_of_http_is_told(receiver, reply):
    receiver.answers.append(reply)
    outcome = await posted(receiver.url)
    assert (outcome.status, outcome.error) == (None, "The connection broke, or what came over it is no HTTP.")


async def test_nobody_there_and_no_such_name():
    outcome = await posted("http://127.0.0.1:1/")
    assert outcome.error is not None
    assert outcome.error.startswith("There is no connection to the host: ")
    for host in ("nothing.invalid", f"{'a' * 64}.invalid", "a..invalid"):
        assert (await posted(f"https://{host}/")).error == "The name of the host cannot be resolved."


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_is_not_followed(receiver, status):
    async with Receiver.listening() as inner:
        receiver.answers.append(answer(status, b"", f"Location: {inner.url}/"))
        outcome = await posted(receiver.url)
        assert (outcome.status, inner.connections) == (status, 0)
    assert outcome.error is not None
    assert "Redirects are not followed" in outcome.error


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "127.1", "0", "0.0.0.0",
        "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[::]",
        "public.example@127.0.0.1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_way_of_writing_an_inner_address_leads_there(receiver, host, scheme):
    port = receiver.url.rpartition(":")[2]
    outcome = await posted(f"{scheme}://{host}:{port}/", reach=Reach())
    assert outcome.error is not None
    assert "is no public address" in outcome.error
    assert receiver.connections == 0


@pytest.mark.parametrize("answers", ["127.0.0.1", "1.1.1.1 127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1 1.1.1.1"])
async def test_a_name_that_leads_inside_is_refused_whatever_else_it_leads_to(receiver, answers):
    port = receiver.url.rpartition(":")[2]
    outcome = await posted(f"https://rebound.example:{port}/", reach=Reach(), resolve=names(answers))
    assert outcome.error is not None
    assert "is no public address" in outcome.error
    assert receiver.connections == 0


async def test_a_name_that_leads_inside_a_moment_later_is_asked_once_only(receiver, monkeypatch):
    """The connection goes to the address that was judged, and not to what the name would lead to by then."""
    connected = []

    async def connect(self, address, port, *rest):
        connected.append(address)
        raise outward.httpcore.ConnectError("out of the test's world")

    monkeypatch.setattr(outward.httpcore.AnyIOBackend, "connect_tcp", connect)
    port = receiver.url.rpartition(":")[2]
    outcome = await posted(f"https://rebound.example:{port}/", reach=Reach(), resolve=names("1.1.1.1", "127.0.0.1"))
    assert (connected, receiver.connections) == (["1.1.1.1"], 0)
    assert outcome.error == "There is no connection to the host: out of the test's world."


async def test_the_judgement_is_made_anew_for_each_try(receiver):
    port, resolve = receiver.url.rpartition(":")[2], names("127.0.0.1", "127.0.0.1", "10.0.0.1")
    outcomes = [await posted(f"http://moving.example:{port}/", resolve=resolve) for _ in range(3)]
    assert [outcome.status for outcome in outcomes] == [204, 204, None]
    assert receiver.connections == 2, "no connection is kept"


async def test_an_address_that_does_not_answer_is_followed_by_the_next(receiver):
    port = receiver.url.rpartition(":")[2]
    reach = Reach.of("127.0.0.0/8, ::1/128")
    outcome = await posted(f"http://two.example:{port}/", reach=reach, resolve=names("::1 127.0.0.1"))
    assert (outcome.status, len(receiver.requests)) == (204, 1)


async def test_without_tls_only_opened_networks_are_posted_to(receiver):
    outcome = await posted("http://example.com/", resolve=names("1.1.1.1"))
    assert outcome.error == "Without encryption only networks that the operator opened are reached."


async def test_a_proxy_of_the_environment_is_not_asked(receiver, monkeypatch):
    async with Receiver.listening() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert (await posted(receiver.url)).status == 204
        assert (proxy.connections, len(receiver.requests)) == (0, 1)


async def test_tls_is_verified_against_the_name(tmp_path):
    certificates.ensure(State(tmp_path), tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
    knowing = ssl.create_default_context(cafile=str(tmp_path / "ca.crt"))
    async with Receiver.listening(server) as receiver:
        assert (await posted(receiver.url, tls=knowing)).status == 204
        stranger = await posted(receiver.url)
        named = await posted(
            receiver.url.replace("127.0.0.1", "other.example"), tls=knowing, resolve=names("127.0.0.1")
        )
        assert len(receiver.requests) == 1
    for outcome in (stranger, named):
        assert outcome.error is not None
        assert "certificate verify failed" in outcome.error.lower()
