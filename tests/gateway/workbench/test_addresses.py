"""Names of workbenches."""

from uuid import UUID

import pytest
from pydantic import ValidationError

from gateway.settings import GatewaySettings
from gateway.workbench.addresses import Addresses, WorkbenchAddressMissing, clashes

ID = UUID("01234567-89ab-7def-8123-456789abcdef")
GIVEN = "https://*.workbench.example.net"


@pytest.mark.parametrize(
    ("url", "host", "origin"),
    [
        (None, "127.0.0.1:8080", f"http://{ID.hex}.localhost:8080"),
        (None, "localhost", f"http://{ID.hex}.localhost"),
        (None, "[::1]:8080", f"http://{ID.hex}.localhost:8080"),
        (GIVEN, "andon.example.com", f"https://{ID.hex}.workbench.example.net"),
        ("http://*.wb.lan:8443", "andon.lan", f"http://{ID.hex}.wb.lan:8443"),
    ],
)
def test_each_has_an_origin_of_its_own(url, host, origin) -> None:
    assert Addresses(url).origin(ID, host) == origin


def test_a_portal_with_a_name_needs_names_for_workbenches() -> None:
    with pytest.raises(WorkbenchAddressMissing, match="ANDON_GATEWAY_WORKBENCH_URL"):
        Addresses(None).origin(ID, "andon.example.com")


@pytest.mark.parametrize(
    ("url", "host", "found"),
    [
        (None, f"{ID.hex}.localhost:8080", ID),
        (None, f"{ID.hex}.LOCALHOST", ID),
        (None, "localhost:8080", None),
        (None, f"{ID.hex}.localhost.example.com", None),
        (None, f"x{ID.hex}.localhost", None),
        (GIVEN, f"{ID.hex}.workbench.example.net", ID),
        (GIVEN, f"{ID.hex}.localhost", None),
        (GIVEN, f"{ID.hex}.workbenchxexample.net", None),
    ],
)
def test_a_name_is_known_or_is_not(url, host, found) -> None:
    assert Addresses(url).workbench(host) == found


@pytest.mark.parametrize(
    ("portal", "clash"),
    [
        ("https://andon.example.com", False),
        ("https://example.net", True),
        ("https://workbench.example.net", True),
        ("https://a.workbench.example.net", True),
        ("https://bench.example.net", False),
        ("http://127.0.0.1:8080", False),
    ],
)
def test_neither_name_is_a_part_of_the_other(portal, clash) -> None:
    assert clashes(GIVEN, portal) is clash


@pytest.mark.parametrize("url", ["https://workbench.example.net", "https://*.x.net/path", "ftp://*.x.net", "*.x.net"])
def test_an_address_that_stands_for_no_names_is_refused(url) -> None:
    with pytest.raises(ValidationError, match=r"must read like https://\*"):
        GatewaySettings.model_validate({"secret": "x" * 32, "workbench_url": url})
