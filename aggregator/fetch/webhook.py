"""Post one JSON document to a webhook whose address is a secret."""

import httpx

TIMEOUT_SECONDS = 10.0


def post_json(url: str, document: dict[str, object]) -> str | None:
    """Post `document`; return None on success, else the cause of the failure without the address."""
    try:
        response = httpx.post(url, json=document, timeout=TIMEOUT_SECONDS, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return type(error).__name__
    return None if response.is_success else f"HTTP {response.status_code}"
