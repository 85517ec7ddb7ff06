"""What an account at AppXite is told beside its credentials, checked as the account is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.marketplaces.accounts import AccountConfig, BadOptions
from pipeline.marketplaces.appxite.assumed import Assumed, read_assumed
from pipeline.marketplaces.appxite.references import is_plain
from pipeline.marketplaces.appxite.template_files import read_templates
from pipeline.marketplaces.appxite.templates import Templates

PORTAL, PORTAL_HEADER, ORGANISATION = "portal", "portal_header", "organisation"
TEMPLATES, ASSUMED, SCOPE = "templates", "assumed", "scope"
OPTIONS = {
    PORTAL: "the address of the portal in which you sell, as https://portal.example.com",
    TEMPLATES: "the folder with a template for each offer",
    PORTAL_HEADER: "the header in which the portal is named: Referer, or X-Referer as in older documents",
    ORGANISATION: "your own organisation's id, sent where a call is made for no customer",
    ASSUMED: "a file with AppXite's real names, where those that are assumed are wrong",
    SCOPE: "the scope to ask a token for, where one is needed",
}
_HEADERS = ("Referer", "X-Referer")


@dataclass(frozen=True, slots=True)
class Site:
    """An account's options as the adapter uses them. `organisation` is empty where none is named."""

    portal: str
    portal_header: str
    organisation: str
    scope: str
    templates: Templates
    assumed: Assumed
    currency: str


def read_options(config: AccountConfig) -> Site:
    """Raises BadOptions, which names the setting."""
    try:
        return _read(config)
    except BadOptions as wrong:
        raise BadOptions(f"{config.setting('options')}: {wrong}") from None


def _read(config: AccountConfig) -> Site:
    given = {name: value.strip() for name, value in config.options.items()}
    if unknown := sorted(given.keys() - OPTIONS.keys()):
        raise BadOptions(f"AppXite has no option {', '.join(unknown)}; it has {', '.join(OPTIONS)}.")
    for name in (PORTAL, TEMPLATES):
        if not given.get(name):
            raise BadOptions(f"AppXite needs the option {name}: {OPTIONS[name]}.")
    if not config.api_key.get_secret_value():
        raise BadOptions(
            f"AppXite needs {config.setting('api_key')}: the subscription key, which its developer portal shows under "
            "your profile."
        )
    if not given[PORTAL].startswith(("https://", "http://")) or not given[PORTAL].isascii():
        raise BadOptions(f"AppXite's option {PORTAL} is no address: it has to be {OPTIONS[PORTAL]}.")
    header = {one.casefold(): one for one in _HEADERS}.get(given.get(PORTAL_HEADER, _HEADERS[0]).casefold())
    if header is None:
        raise BadOptions(f"AppXite's option {PORTAL_HEADER} has to be {' or '.join(_HEADERS)}.")
    organisation = given.get(ORGANISATION, "")
    if organisation and not is_plain(organisation):
        raise BadOptions(f"AppXite's option {ORGANISATION} is no id of an organisation.")
    return Site(
        portal=given[PORTAL],
        portal_header=header,
        organisation=organisation,
        scope=given.get(SCOPE, ""),
        templates=read_templates(Path(given[TEMPLATES])),
        assumed=read_assumed(Path(given[ASSUMED]) if given.get(ASSUMED) else None),
        currency=config.currency,
    )
