"""The pages that a customer's contact sees: the form, thanks, and what is said where there is no form."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files

from fastapi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipeline.domain.filling import LONGEST
from pipeline.operations.links import Form

_SENT = ("Thank you", ("Your details have arrived, and your order goes on.", "You can close this page."))
_GONE = (
    "This link is not valid any more",
    (
        "A link works once and for a limited time, and it ends when nothing is missing any longer.",
        "If you have sent the form already, there is nothing more to do.",
        "Otherwise please ask the person who sent you the link for a new one.",
    ),
)
_AWAY = ("Please try again in a moment", ("This page cannot be shown right now. Your link stays valid.",))
_BUSY = ("Please wait a minute", ("There were too many requests from your network. Your link stays valid.",))
_REFUSED = ("The form could not be read", ("Please open the link again, fill the form in there, and send it.",))


class Pages:
    """Templates, read once. Whatever was filled in or asked is text in them, never markup."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("workers.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        style = (files("workers.web") / "templates" / "style.css").read_text(encoding="utf-8")
        self._templates.globals["style"] = Markup(style)  # noqa: S704  our own file
        self._headers = _headers(style)

    def form(
        self, form: Form, given: Mapping[str, Sequence[str]], wrong: Mapping[str, str], status: int = 200
    ) -> Response:
        """`given` is what was typed, which stays; `wrong` is what is said of it, both by the inputs' names."""

        def typed(name: str) -> Sequence[str]:
            return given.get(name, ())

        until = f"{form.until:%d %B %Y, %H:%M} UTC".lstrip("0")
        return self._page("fill.html", status, form=form, typed=typed, wrong=wrong, until=until, longest=LONGEST)

    def sent(self) -> Response:
        return self._notice(_SENT, 200)

    def gone(self) -> Response:
        """The same for a link that never was, was used, has expired or was revoked."""
        return self._notice(_GONE, 410)

    def refused(self, status: int) -> Response:
        return self._notice(_REFUSED, status)

    def away(self) -> Response:
        return self._notice(_AWAY, 503, {"retry-after": "5"})

    def busy(self, seconds: int) -> Response:
        return self._notice(_BUSY, 429, {"retry-after": str(seconds)})

    def _notice(
        self, said: tuple[str, Sequence[str]], status: int, headers: Mapping[str, str] | None = None
    ) -> Response:
        heading, paragraphs = said
        response = self._page("notice.html", status, heading=heading, paragraphs=paragraphs)
        response.headers.update(headers or {})
        return response

    def _page(self, template: str, status: int, **values: object) -> Response:
        html = self._templates.get_template(template).render(**values)
        return Response(html, status, self._headers, media_type="text/html; charset=utf-8")


def _headers(style: str) -> dict[str, str]:
    """Nothing but our own style, which is named by its hash, and a form that goes back to where it came from."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "img-src": "data:",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex, nofollow",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
