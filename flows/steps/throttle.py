"""How long somebody has to wait after sign-ins that failed. Counted in the catalogue, for all machines.

Three counts: of an account from one address, of an address, of an account from anywhere. The first two
stop whoever guesses; the last one is mild, so that strangers elsewhere cannot keep the owner out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from domain.people import Failures

FORGOTTEN_AFTER = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Patience:
    """What one count allows; the wait doubles from ``first_s`` on, up to ``longest_s`` (seconds)."""

    free: int  # failures without a wait
    first_s: int
    longest_s: int

    def wait(self, failures: int) -> dt.timedelta:
        if failures < self.free:
            return dt.timedelta(0)
        doublings = min(failures - self.free, 30)
        return dt.timedelta(seconds=min(self.longest_s, self.first_s << doublings))


ACCOUNT_AT_ADDRESS = Patience(free=5, first_s=5, longest_s=900)
ADDRESS = Patience(free=30, first_s=5, longest_s=900)  # an office shares one
ACCOUNT = Patience(free=50, first_s=5, longest_s=60)


def counted(login: str, address: str) -> dict[str, Patience]:
    """What a sign-in counts for, by digests: people type passwords where a login belongs."""
    place = network(address)
    return {
        _digest("account at address", login, place): ACCOUNT_AT_ADDRESS,
        of_address(address): ADDRESS,
        _digest("account", login): ACCOUNT,
    }


def forgiven(login: str, address: str) -> list[str]:
    """What a sign-in that succeeds wipes out."""
    place = network(address)
    return [_digest("account at address", login, place), _digest("account", login)]


def of_address(address: str) -> str:
    """What a sign-in that succeeds counts back by one alone: somebody there may be guessing at others."""
    return _digest("address", network(address))


def wait_left(
    patience: Mapping[str, Patience], failures: Mapping[str, Failures], now: dt.datetime
) -> dt.timedelta:
    """How long until the next may be tried; 0 for at once. Never longer than the longest patience."""
    left = dt.timedelta(0)
    for subject, failed in failures.items():
        if now - failed.last_at < FORGOTTEN_AFTER:
            wait = patience[subject].wait(failed.count)
            left = max(left, min(wait, failed.last_at + wait - now))
    return left


def one_more(
    subjects: Mapping[str, Patience], failures: Mapping[str, Failures], now: dt.datetime
) -> dict[str, Failures]:
    """The counts with this one in them."""
    known = {name: one.count for name, one in failures.items() if now - one.last_at < FORGOTTEN_AFTER}
    return {subject: Failures(known.get(subject, 0) + 1, now) for subject in subjects}


def network(address: str) -> str:
    """Who is one: an IPv4 address, or the network of an IPv6 one, where everybody has billions."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
