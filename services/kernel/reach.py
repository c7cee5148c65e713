"""Which addresses may be connected to on a tenant's behalf.

A tenant says where, and we connect: without a rule it could make us talk to what only we can reach, such as the
database, the metadata service of a cloud or another machine of the operator. So a name is resolved by us, what it leads
to is judged here, and the connection is made to the very address that was judged.
"""

import ipaddress
from dataclasses import dataclass
from typing import Self

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_CLOSED_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # answers the machines of one cloud as its metadata service, and is listed nowhere
    )
)  # fmt: skip
"""IANA's special-purpose registry for IPv4, but for what is routed to anybody; multicast and reserved."""
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
"""All else of IPv6 is loopback, mapped, translated (NAT64), local or multicast."""
_CLOSED_V6 = tuple(ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
"""Within it: Teredo and its like, documentation, and 6to4, which carries an IPv4 address."""


def is_public(address: Address) -> bool:
    """Whether it is an address of the open internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    return address in _GLOBAL_V6 and not any(address in network for network in _CLOSED_V6)


@dataclass(frozen=True, slots=True)
class Reach:
    """Public addresses, and the networks that the operator of the installation opened beside them."""

    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, text: str) -> Self:
        """Networks separated by commas: `10.1.0.0/16, fd00::/8`. Raises `ValueError`."""
        return cls(tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()))

    def opens(self, address: Address) -> bool:
        """Whether the operator named it. An IPv4 address written as one of IPv6 is the IPv4 address."""
        plain = _plain(address)
        return any(plain in network for network in self.networks)

    def allows(self, address: Address) -> bool:
        return self.opens(address) or is_public(_plain(address))


def _plain(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
