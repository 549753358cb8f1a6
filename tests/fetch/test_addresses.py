"""The allow-list: which URLs and IP addresses a download may reach."""

import httpx
import pytest

from aggregator.fetch.addresses import AddressRefused, AllowList, is_public


@pytest.mark.parametrize(
    "url",
    [
        "https://huggingface.co/datasets/org/name/resolve/main/data/train.parquet",
        "https://us.aws.cdn.hf.co/xet-bridge-us/abc?X-Amz-Signature=1",
        "https://cdn-lfs.huggingface.co/repos/x",
        "https://mteb-leaderboard-backend.hf.space:443/v1/benchmarks",
    ],
)
def test_the_default_hosts_and_their_subdomains_are_allowed_by_https(url: str) -> None:
    AllowList().check_url(httpx.URL(url))


@pytest.mark.parametrize(
    "url",
    [
        "http://huggingface.co/x",
        "https://huggingface.co:8443/x",
        "https://huggingface.co.evil.example/x",
        "https://evilhuggingface.co/x",
        "https://user:pass@huggingface.co/x",
        "https://huggingface.co@evil.example/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "file:///etc/passwd",
        "ftp://huggingface.co/x",
        "https:///x",
        "//huggingface.co/x",
    ],
)
def test_other_hosts_schemes_ports_and_credentials_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        AllowList().check_url(httpx.URL(url))


@pytest.mark.parametrize(
    "address", ["18.155.129.31", "2600:9000:2375::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_a_public_address_is_public_also_when_an_ipv6_address_embeds_it(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",  # noqa: S104 - refused here, not bound
            "224.0.0.1",
        ),
        *("::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"),
        *("2002:7f00:1::", "64:ff9b::a9fe:a9fe", "not an address", ""),
    ],
)
def test_a_private_address_is_not_public_in_any_notation(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("network", "address"),
    [
        ("192.0.0.0/24", "192.0.0.9"),
        ("192.31.196.0/24, AS112", "192.31.196.1"),
        ("192.52.193.0/24, AMT", "192.52.193.1"),
        ("192.88.99.0/24", "192.88.99.1"),
        ("192.175.48.0/24, AS112", "192.175.48.1"),
        ("::/96, IPv4-compatible", "::127.0.0.1"),
        ("::/96, IPv4-compatible", "::8.8.8.8"),
        ("::ffff:0:0/96, IPv4-mapped", "::ffff:10.0.0.1"),
        ("::ffff:0:0:0/96, IPv4-translated", "::ffff:0:8.8.8.8"),
        ("64:ff9b::/96, NAT64", "64:ff9b::10.0.0.1"),
        ("64:ff9b:1::/48, local NAT64", "64:ff9b:1::8.8.8.8"),
        ("100::/64, discard", "100::1"),
        ("2001::/32, Teredo", "2001:0:808:808::1"),
        ("2001::/23, protocol assignments", "2001:1::1"),
        ("2001::/23, protocol assignments", "2001:20::1"),
        ("2001:db8::/32, documentation", "2001:db8::1"),
        ("2002::/16, 6to4", "2002:a00:1::1"),
        ("2600::/12, ISATAP with a private address", "2600::5efe:10.0.0.1"),
        ("2600::/12, ISATAP with a loopback address", "2600::200:5efe:127.0.0.1"),
        ("2620:4f:8000::/48, AS112", "2620:4f:8000::1"),
        ("3fff::/20, documentation", "3fff::1"),
        ("4000::/3, not assigned", "4000::1"),
        ("5f00::/16, segment routing", "5f00::1"),
        ("fe80::/10, ISATAP with a public address", "fe80::5efe:8.8.8.8"),
        ("fec0::/10, site-local", "fec0::1"),
    ],
)
def test_an_address_of_a_special_range_is_not_public(network: str, address: str) -> None:
    assert not is_public(address), network
