"""
Countries by name: FlexPortal wants "Country name" where quotes have two letters.

Which spelling it wants of a name is not told. The names are those of ISO 3166, but where everybody says another one;
`Options.countries` changes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import iso3166

_USUAL = {
    "GB": "United Kingdom",
    "KP": "North Korea",
    "KR": "South Korea",
    "RU": "Russia",
    "US": "United States",
    "VN": "Vietnam",
}
_NOT_ISO = {"UK": "GB"}
_LETTERS = re.compile(r"[A-Za-z]{2,3}\Z")


def country_name(given: str, names: Mapping[str, str]) -> str | None:
    """Of two or three letters the name, None where they are no country's; a name stays as it is."""
    text = given.strip()
    if not _LETTERS.match(text):
        return text or None
    letters = _NOT_ISO.get(text.upper(), text.upper())
    known = iso3166.countries.get(letters, None)
    code = known.alpha2 if known is not None else letters
    if code in names:
        return names[code]
    return None if known is None else _USUAL.get(code) or _plain(known.apolitical_name)


def _plain(name: str) -> str:
    """`Bolivia, Plurinational State of` is written `Bolivia`; of two Congos each keeps all of its name."""
    first, comma, rest = name.partition(", ")
    return first if comma and rest.endswith(" of") else name
