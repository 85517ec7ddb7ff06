"""What may go wrong with an answer, on demand."""

from __future__ import annotations

import httpx


def spoilt(kind: str, response: httpx.Response) -> httpx.Response:
    """
    `kind` is a status code, `html` (200, and a page), `half` (a page of a list cut off), `odd` (JSON of another shape)
    or `hang`, which raises.
    """
    match kind:
        case "hang":
            raise httpx.ReadTimeout("it hangs")
        case "html":
            return httpx.Response(200, html="<html><body>We'll be back soon</body></html>")
        case "half":
            return httpx.Response(200, content=response.content[: max(1, len(response.content) // 2)])
        case "odd":
            return httpx.Response(200, json={"code": "Odd", "message": 17} if response.content[:1] == b"[" else [17])
        case "429":
            return httpx.Response(429, headers={"retry-after": "7"}, json={"code": "TooManyRequests"})
        case "302":
            return httpx.Response(302, headers={"location": "https://elsewhere.example/"})
        case _:
            return httpx.Response(int(kind), json={"code": "Error", "message": "on demand"})
