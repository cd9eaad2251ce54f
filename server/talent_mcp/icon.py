"""The server's icon: a person on a blue ground, legible on light and dark pages.

Since 2026-07-28 every result carries it, so it is as small as it can be, and tools have none of their own: each
would cost every session its tokens.
"""

from base64 import b64encode

from mcp.types import Icon

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" rx="2" fill="#06b"/>'
    b'<path d="M2 7a2 2.5 0 0 1 4 0z" fill="#fff"/><circle cx="4" cy="2.7" r="1.4" fill="#fff"/></svg>'
)
ICON = Icon(src=f"data:image/svg+xml;base64,{b64encode(SVG).decode()}", mime_type="image/svg+xml", sizes=["any"])
