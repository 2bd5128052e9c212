"""How are several texts signed as one, so that no two lists have the same bytes.

For each text its length in bytes, a colon, its bytes, a comma (``spec/tokens.md``).
"""

from __future__ import annotations

import hashlib
import hmac


def mac(secret: str, *parts: bytes) -> str:
    """Return the HMAC-SHA256 of the parts as netstrings, in 64 lower-case hexadecimal digits."""
    signed = b"".join(b"%d:%s," % (len(part), part) for part in parts)
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def is_same(one: str, other: str) -> bool:
    """Compare two texts in a time that does not tell where they differ."""
    return hmac.compare_digest(
        one.encode(errors="surrogatepass"), other.encode(errors="surrogatepass")
    )
