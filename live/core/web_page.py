"""Web pages that load nothing from anywhere else."""

import secrets
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Response


def script_page(connection: ServerConnection, text: str, may: str = "") -> Response:
    """A page whose own script and style carry {nonce}; it may speak with its server alone."""
    once = secrets.token_urlsafe(12)
    own = f"script-src 'nonce-{once}'; style-src 'nonce-{once}'; connect-src 'self'; img-src blob:"
    return html(connection, text.replace("{nonce}", once), f"{own}; {may}" if may else own)


def html(connection: ServerConnection, text: str, may: str) -> Response:
    """A page that may load only what `may` says."""
    response = connection.respond(HTTPStatus.OK, text)
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; {may}; base-uri 'none'; form-action 'none'"
    )
    return response
