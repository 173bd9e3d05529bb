"""JSON that tells when it is no longer as it was written: its last key is a checksum of the rest.

A sealed object is still JSON that anybody can read; on one line or on many.
"""

from __future__ import annotations

import zlib
from typing import Final

_KEY: Final = b',"crc":'


def seal(text: str) -> bytes:
    """The JSON ``text`` of an object that is not empty, with its checksum as a last key."""
    whole = text.encode()
    return whole[:-1] + _KEY + str(zlib.crc32(whole)).encode() + b"}"


def is_sealed(text: bytes) -> bool:
    """Whether there is a checksum in it."""
    return _KEY in text


def check(sealed: bytes) -> bytes:
    """What was sealed, without its last brace. ValueError when a bit of it differs."""
    text, _, checksum = sealed.rpartition(_KEY)
    if checksum[-1:] != b"}" or int(checksum[:-1]) != zlib.crc32(b"}", zlib.crc32(text)):
        raise ValueError("the checksum differs")
    return text


def unseal(sealed: bytes) -> bytes:
    """The text that was sealed. ValueError when a bit of it differs."""
    return check(sealed) + b"}"
