"""Which addresses are connected to on a tenant's behalf."""

from ipaddress import ip_address

import pytest

from services.kernel.reach import Reach

PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.15.255.255", "172.32.0.1", "223.255.255.255", "2606:4700::1"]
INNER = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1", "127.255.0.9",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "168.63.129.16",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "100::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    "2001::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1", "5f00::1",
]  # fmt: skip


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_within_reach(text):
    assert Reach().allows(ip_address(text))
    assert not Reach().opens(ip_address(text))


@pytest.mark.parametrize("text", INNER)
def test_all_others_are_not(text):
    assert not Reach().allows(ip_address(text))


def test_an_ipv4_address_written_as_ipv6_is_that_address():
    assert Reach().allows(ip_address("::ffff:8.8.8.8"))
    assert Reach.of("127.0.0.0/8").allows(ip_address("::ffff:127.0.0.1"))


def test_an_operator_opens_networks():
    reach = Reach.of(" 10.1.0.0/16, fd00::/8 ,")
    assert [reach.opens(ip_address(text)) for text in ("10.1.255.1", "10.2.0.1", "fd00::9", "fe80::9")] == [
        True, False, True, False,
    ]  # fmt: skip
    assert reach.allows(ip_address("8.8.8.8"))
    assert Reach.of("") == Reach()


@pytest.mark.parametrize("text", ["10.0.0.1/8", "inside", "10.0.0.0/33"])
def test_what_is_no_network_is_refused(text):
    with pytest.raises(ValueError, match=text):
        Reach.of(text)
