"""Where a notice may go."""

from collections.abc import Sequence

import pytest

from events.notices.targets import ForbiddenTarget, Targets, is_public

PRIVATE = {
    "127.0.0.1": "loopback",
    "127.255.255.254": "the far end of loopback",
    "0.0.0.0": "this host",
    "0.1.2.3": "this network",
    "10.0.0.1": "private, class A",
    "172.16.0.1": "private, class B",
    "172.31.255.255": "the last of class B",
    "192.168.1.1": "private, class C",
    "169.254.1.1": "link-local",
    "169.254.169.254": "metadata of most clouds",
    "168.63.129.16": "metadata of Azure",
    "100.64.0.1": "carrier-grade NAT",
    "100.100.100.200": "metadata of Alibaba",
    "192.0.0.1": "protocol assignments",
    "192.0.2.1": "documentation",
    "198.18.0.1": "benchmarks",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast of a site",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "unspecified",
    "::1": "loopback in IPv6",
    "::127.0.0.1": "loopback in the old compatible form",
    "::ffff:127.0.0.1": "loopback, mapped",
    "::ffff:10.0.0.1": "private, mapped",
    "::ffff:169.254.169.254": "metadata, mapped",
    "64:ff9b::7f00:1": "loopback through NAT64",
    "64:ff9b:1::1": "a local NAT64",
    "2002:7f00:1::": "loopback through 6to4",
    "2002:a00:1::1": "private through 6to4",
    "fe80::1": "link-local in IPv6",
    "fe80::1%lo": "link-local with its interface",
    "fec0::1": "site-local",
    "fc00::1": "unique local",
    "fd00:ec2::254": "metadata of AWS in IPv6",
    "ff02::1": "multicast in IPv6",
    "2001:db8::1": "documentation in IPv6",
    "100::1": "discard-only",
}
PUBLIC = ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", [pytest.param(address, id=name) for address, name in PRIVATE.items()])
def test_an_address_that_is_not_everybodys_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_on_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def lookup(*addresses: str) -> Targets:
    def found(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return Targets("QUOTEWAY_NOTICES__OPS__ALLOW_PRIVATE", lookup=found)


def test_one_private_address_among_public_ones_is_refused_and_the_sentence_says_what_to_set() -> None:
    with pytest.raises(ForbiddenTarget) as refused:
        lookup("8.8.8.8", "10.0.0.7").permitted("hooks.example", 443)

    assert str(refused.value) == (
        "hooks.example leads to 10.0.0.7, which is not a public address; "
        "set QUOTEWAY_NOTICES__OPS__ALLOW_PRIVATE=true if notices may go there."
    )


def test_public_addresses_are_permitted_in_their_order() -> None:
    assert lookup("8.8.8.8", "2606:4700::1111").permitted("hooks.example", 443) == ("8.8.8.8", "2606:4700::1111")


@pytest.mark.parametrize("spelling", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"])
def test_loopback_is_refused_in_every_spelling_that_the_system_knows(spelling: str) -> None:
    with pytest.raises(ForbiddenTarget):
        Targets("SETTING").permitted(spelling, 80)
