"""The way out: what is sent and read. Where it leads is in `tests/services/webhooks/test_post.py`."""

import asyncio

import httpx
import pytest
from receiver import HANG, Receiver, answer

from services.kernel.outward import AddressRefused, NoAnswer, Outward, Resolver
from services.kernel.reach import Reach


@pytest.fixture
async def receiver():
    async with Receiver.listening() as found:
        yield found


@pytest.fixture
def way():
    resolver = Resolver()
    yield Outward(Reach.of("127.0.0.0/8"), resolver, httpx.create_ssl_context())
    resolver.close()


async def test_a_question_has_no_body_and_the_answer_its_headers(way, receiver):
    receiver.answers.append(answer(203, b"found", "X-Kind: a", "x-kind: b"))
    found = await way.ask("GET", f"{receiver.url}/x?y=1", {"accept": "a/b"}, most_read=100, seconds=5)
    assert (found.status, found.body, found.whole) == (203, b"found", True)
    assert (found.header(b"x-kind"), found.header(b"nothing")) == ("a", None)
    [asked] = receiver.requests
    assert (asked.target, asked.body, asked.headers["accept"]) == ("/x?y=1", b"", "a/b")
    assert "content-length" not in asked.headers
    assert asked.headers["connection"] == "close"


async def test_no_more_is_read_than_is_wanted(way, receiver):
    for size, whole in ((99, True), (100, False), (5000, False)):
        receiver.answers.append(answer(200, b"x" * size))
        found = await way.ask("POST", receiver.url, {}, b"?", most_read=100, seconds=5)
        assert (len(found.body), found.whole) == (min(size, 100), whole)


async def test_it_ends_after_so_many_seconds(way, receiver):
    receiver.answers.append(HANG)
    with pytest.raises(NoAnswer, match="within 0 seconds"):
        async with asyncio.timeout(5):
            await way.ask("GET", receiver.url, {}, most_read=100, seconds=0.2)


async def test_what_is_outside_of_the_reach_is_not_asked(receiver):
    async def leads_there(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    way = Outward(Reach(), leads_there, httpx.create_ssl_context())
    for scheme in ("http", "https"):
        with pytest.raises(AddressRefused):
            await way.ask("GET", f"{scheme}://idp.example/", {}, most_read=100, seconds=5)
    assert receiver.connections == 0
