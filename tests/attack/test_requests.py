"""Requests that are read in two ways by two parsers, or that a foreign page can send."""

import asyncio
import json

import pytest

pytestmark = pytest.mark.platform
QUERY = '{"query": "{ me { kind } }"}'


async def raw(port: int, head: str, body: bytes = b"") -> tuple[int, bytes]:
    """(status, all that came back); `head` with plain line ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
    await writer.drain()
    try:
        async with asyncio.timeout(10):
            answer = await reader.read(65_536)
    finally:
        writer.close()
    return int(answer.split(b" ", 2)[1]), answer


def post(key: str, *more: str, target: str = "/graphql", host: str = "127.0.0.1") -> str:
    lines = [
        f"POST {target} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {key}", "Content-Type: application/json",
        f"Content-Length: {len(QUERY)}", "Connection: close", *more,
    ]  # fmt: skip
    return "\n".join(lines)


async def test_the_plain_request_is_answered(port, key):
    status, answer = await raw(port, post(key), QUERY.encode())
    assert (status, b'{"data":{"me":{"kind":"key"}},' in answer) == (200, True)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1/?x=", "127.0.0.1@evil.example", "evil.example", "evil.example:127.0.0.1", "127.0.0.1:x", "127.0.0.1 ",
     "127.0.0.1,evil.example", "127.0.0.1#", "127.0.0.1\\evil", "", ".127.0.0.1", "[::1", "127.0.0.1.evil.example"],
)  # fmt: skip
async def test_hosts_that_are_none_of_ours(port, key, host):
    status, answer = await raw(port, post(key, host=host), QUERY.encode())
    assert (status, b"HOST_REFUSED" in answer) == (421, True)


async def test_two_hosts_are_none(port, key):
    status, answer = await raw(port, post(key, "Host: evil.example"), QUERY.encode())
    assert status in (400, 421)
    assert b'"data"' not in answer


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://127.0.0.1/graphql", 200),  # absolute-form: its path is what counts, and `Host` is checked as ever
        ("http://evil.example/v1/../graphql", 405),
        ("http://127.0.0.1/graphql/..", 405),
        ("//graphql", 405),
        ("/graphql/", 405),
        ("/graphql%00", 405),
        ("/graphql;a=b", 405),
        ("/GRAPHQL", 405),
        ("/v1/../graphql", 405),
        ("/v1/%2e%2e/graphql", 405),
        ("/%67raphql", 200),
        ("/graphql?query={me{kind}}", 200),  # the body counts
        ("/v1/session/../../metrics", 405),
    ],
)
async def test_a_target_is_read_once(port, key, target, status):
    found, answer = await raw(port, post(key, target=target), QUERY.encode())
    assert found == status
    assert (b'"data"' in answer) == (status == 200)


async def test_an_absolute_target_does_not_stand_for_the_host(port, key):
    head = post(key, target="http://127.0.0.1/graphql", host="evil.example")
    status, answer = await raw(port, head, QUERY.encode())
    assert (status, b"HOST_REFUSED" in answer) == (421, True)


@pytest.mark.parametrize(
    "target",
    [
        "/%67raphql",
        "/v1/trend",
        "/v1/scores",
        "/v1/tr%65nd",
        "/v1//trend",
        "/healthz/../v1/trend",
        "http://127.0.0.1/v1/trend",
    ],
)
async def test_no_way_of_writing_a_path_is_open(port, target):
    status, answer = await raw(port, f"GET {target} HTTP/1.1\nHost: 127.0.0.1\nConnection: close")
    assert status in (401, 404), answer[:300]


@pytest.mark.parametrize(
    "value",
    ["", "Bearer", "Bearer ", "Bearer andon_", "bearer andon_x", "Basic andon_x", "Bearer andon_" + "x" * 5_000,
     "Bearer andon_\xff\xfe", "Bearer andon_x, Bearer andon_y", "Bearer andon_x\tandon_y", "Bearer {key}x",
     "Bearer {key} {key}", "Bearer  {key}", "{key}", "Bearer andon_' OR 1=1 --", "Bearer andon_%00", "Token {key}"],
)  # fmt: skip
async def test_credentials_that_are_none(port, key, value):
    head = post(key).replace(f"Bearer {key}", value.replace("{key}", key))
    status, answer = await raw(port, head, QUERY.encode())
    assert (status, b"UNAUTHORISED" in answer or b"CREDENTIAL_REFUSED" in answer) == (401, True), answer[:300]
    assert key.encode() not in answer


async def test_a_header_of_20_mb_does_not_reach_us(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer andon_")
    answer = b""
    try:
        for _ in range(200):
            writer.write(b"x" * 100_000)
            await writer.drain()
        writer.write(b"\r\n\r\n")
        await writer.drain()
        async with asyncio.timeout(10):
            answer = await reader.read(65_536)
    except ConnectionError:
        pass  # it hung up while we spoke
    finally:
        writer.close()
    assert not answer or int(answer.split(b" ", 2)[1]) in (400, 401, 431)


@pytest.mark.parametrize(
    "more",
    [
        ("Authorization: Bearer andon_other",),
        ("Content-Type: text/plain",),
        ("Content-Length: 1",),
        ("Transfer-Encoding: chunked",),
        ("Content-Encoding: gzip, gzip",),
    ],
)
async def test_doubled_headers_give_no_second_reading(port, key, more):
    """The first value counts or the request is refused; never is the second one acted upon."""
    status, answer = await raw(port, post(key, *more), QUERY.encode())
    assert status in (200, 400, 401, 415)
    assert b"INTERNAL" not in answer
    if status == 200:
        assert b'"kind":"key"' in answer


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"])
async def test_only_post_asks(client, method):
    for query in ("{ me { kind } }", 'mutation { closeCase(input: {caseId: "x"}) { __typename } }'):
        answer = await client.request(method, "/graphql", params={"query": query})
        assert answer.status_code in (404, 405), method
        assert '"data"' not in answer.text


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql",
     "text/plain; application/json", "application/json-patch+json", "application/jsonx", ""],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/graphql", "/v1/ingest?contract=pumps", "/v1/score?contract=pumps", "/v1/session"])
async def test_what_a_form_can_send_is_refused(client, path, kind):
    answer = await client.post(path, content=QUERY, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "MEDIA_TYPE_REFUSED")


@pytest.mark.parametrize(
    "body",
    [
        [{"query": "{ me { kind } }"}] * 100,
        [],
        {"query": ["{ me { kind } }"]},
        {"query": None},
        {"queries": []},
        1,
        None,
        "x",
    ],
)
async def test_batches_and_what_else_is_no_query(client, body):
    answer = await client.post("/graphql", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")
