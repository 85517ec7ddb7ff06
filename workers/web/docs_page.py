"""The page that shows the operator API and tries its calls, Swagger UI, with nothing fetched from elsewhere."""

from __future__ import annotations

from importlib.resources import files

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

PAGE = "/api/docs"
DESCRIPTION = "/api/openapi.json"
_ASSETS = f"{PAGE}/assets"


def add_docs_page(app: FastAPI) -> None:
    """The assets are those that `fastapi-offline` ships; a browser without a way to the internet shows the page too."""
    app.mount(_ASSETS, StaticFiles(directory=str(files("fastapi_offline") / "static")))

    @app.get(PAGE, include_in_schema=False)
    def page() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=DESCRIPTION,
            title=f"{app.title} API",
            swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{_ASSETS}/swagger-ui.css",
            swagger_favicon_url="data:,",
        )
