"""What a station tells of itself in numbers, as a monitor reads it."""

import re

import requests


def asked(address: str) -> str:
    """An answer's text; no proxy is asked."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(address, timeout=10).text


def value_of(text: str, name: str) -> float:
    """A metric's value, by its name and labels."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, text
    return float(found[1])
