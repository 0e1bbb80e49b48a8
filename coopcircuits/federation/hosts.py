"""Names and addresses of instances: one strict spelling, and which network addresses may be contacted."""

import ipaddress
import re

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_INSTANCE = re.compile(rf"({_LABEL}(?:\.{_LABEL})*)(?::([1-9]\d{{0,4}}))?", re.ASCII)
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII)

# The IANA special-purpose registry, multicast and reserved space, and the one cloud metadata address outside them.
# Spelled out because what ``ipaddress`` calls global differs between Python releases.
_FORBIDDEN_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
# Only global unicast is allowed, less what tunnels IPv4 or is special inside it: IETF protocols with Teredo and
# ORCHID, documentation, 6to4. Mapped, NAT64, ULA, link-local, multicast and loopback lie outside 2000::/3.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_FORBIDDEN_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


def split_instance(name: str) -> tuple[str, int | None] | None:
    """Host and port (``None`` if not written) of an instance name, or ``None`` if it is malformed.

    Lower-case ASCII labels only: no IDN (its ``xn--`` form is fine), no trailing dot, no user information.
    """
    match = _INSTANCE.fullmatch(name)
    if match is None or len(match[1]) > 253:
        return None
    port = int(match[2]) if match[2] else None
    return None if port is not None and port > 65535 else (match[1], port)


def is_instance(name: str) -> bool:
    """Whether ``name`` is written as an instance name."""
    return split_instance(name) is not None


def is_public_name(host: str) -> bool:
    """Whether a well-formed host can be a name of the public DNS: dotted, and no spelling of a number.

    Resolvers read 127.1, 2130706433 and 0x7f.1 as addresses; all of them end in a numeric label.
    """
    labels = host.split(".")
    return len(labels) > 1 and not _NUMBER.fullmatch(labels[-1])


def is_public_address(text: str) -> bool:
    """Whether an address, as the resolver gave it, belongs to the public internet."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _FORBIDDEN_V4)
    if address.scope_id is not None:
        return False
    return address in _GLOBAL_V6 and not any(address in network for network in _FORBIDDEN_V6)
