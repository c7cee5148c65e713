"""What passes between a browser and a JupyterLab."""

import pytest
from starlette.datastructures import Headers

from gateway.workbench.headers import GIVEN, handshake, inward, outward


def headers(**sent: str) -> Headers:
    return Headers({name.replace("_", "-"): value for name, value in sent.items()})


def test_no_credential_of_ours_goes_in() -> None:
    cookie = "andon_session=secret; andon_workbench=sealed; _xsrf=2|a|b; username-x=y"
    sent = headers(host="a.localhost", authorization="Bearer andon_key", cookie=cookie, accept="*/*")
    assert inward(sent, "t0ken") == [
        (b"host", b"a.localhost"),
        (b"accept", b"*/*"),
        (b"authorization", b"token t0ken"),
        (b"cookie", b"_xsrf=2|a|b"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "connection",
        "keep_alive",
        "proxy_authorization",
        "te",
        "trailer",
        "transfer_encoding",
        "upgrade",
        "x_hop",
        "expect",
        "forwarded",
        "x_forwarded_for",
        "x_forwarded_proto",
        "x_real_ip",
        "x_scheme",
    ],
)
def test_what_is_of_one_connection_or_of_a_proxy_stays_there(name) -> None:
    sent = headers(**{"connection": "close, X-Hop", "origin": "http://a.localhost", name: "x-hop"})
    assert inward(sent, "t") == [(b"origin", b"http://a.localhost"), (b"authorization", b"token t")]


def test_out_go_our_policy_and_no_cookie_but_the_one_against_other_pages() -> None:
    answered = [
        (b"Content-Type", b"text/html"),
        (b"Content-Security-Policy", b"frame-ancestors *"),
        (b"Connection", b"X-Hop"),
        (b"X-Hop", b"1"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Set-Cookie", b"andon_session=tossed; Path=/"),
        (b"Set-Cookie", b"_xsrf=2|a|b; Path=/"),
        (b"Access-Control-Allow-Origin", b"*"),
        (b"Location", b"/lab"),
    ]
    assert outward(answered) == [
        (b"content-type", b"text/html"),
        (b"location", b"/lab"),
        (b"set-cookie", b"_xsrf=2|a|b; Path=/"),
        *((name.lower().encode(), value.encode()) for name, value in GIVEN.items()),
    ]


def test_a_websocket_is_opened_with_the_page_it_came_from_and_the_token() -> None:
    sent = headers(
        host="a.localhost", origin="http://a.localhost", upgrade="websocket", connection="Upgrade",
        sec_websocket_key="k", sec_websocket_version="13", sec_websocket_protocol="v1", sec_websocket_extensions="d",
    )  # fmt: skip
    assert handshake(sent, "t") == [("origin", "http://a.localhost"), ("authorization", "token t")]
