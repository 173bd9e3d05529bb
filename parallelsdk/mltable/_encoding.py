"""From a file's bytes to text, and where it cannot be, which byte is to blame.

Alone, because an offset in a decoded text says nothing about the file.
"""

from __future__ import annotations

import codecs
from typing import Final

from parallelsdk.exceptions import DataException, ErrorTarget
from parallelsdk.mltable._definition import Encoding
from parallelsdk.storage.remote import without_secrets

# Azure's latin1 is windows-1252; the five bytes that it leaves undefined stay control characters.
_UNDEFINED: Final = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_WINDOWS: Final = "".join(
    bytes([byte]).decode("latin-1" if byte in _UNDEFINED else "cp1252") for byte in range(256)
)


def mark_length(head: bytes, encoding: Encoding) -> int:
    """The length of the byte order mark with which a file begins."""
    if encoding == "utf8":
        return 3 if head.startswith(codecs.BOM_UTF8) else 0
    if encoding == "utf16":
        return 2 if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else 0
    return 0


def decode(data: bytes, encoding: Encoding, *, path: str, offset: int, head: bytes) -> str:
    """The text of ``data``, which lies at ``offset`` in the file that begins with ``head``.

    Raises DataException that names the file and the byte. Big-endian UTF-16 is told by its mark.
    """
    if encoding == "latin1":
        return codecs.charmap_decode(data, "strict", _WINDOWS)[0]
    codec = "utf-8"
    if encoding == "utf16":
        codec = "utf-16-be" if head.startswith(codecs.BOM_UTF16_BE) else "utf-16-le"
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise DataException(
            f"{without_secrets(path)!r} is not {codec.upper()} at byte {offset + error.start} "
            f"({error.reason}). "
            "Set the encoding in the MLTable file, or mend the file.",
            target=ErrorTarget.DATA,
        ) from error


def decode_whole(data: bytes, encoding: Encoding, *, path: str, offset: int, head: bytes) -> str:
    """As ``decode``, but of the beginning of a longer text: half a character at the end is left."""
    if encoding == "utf16":
        data = data[: len(data) // 2 * 2]
        # A pair of surrogates is two units; the second may lie beyond the end.
        big = head.startswith(codecs.BOM_UTF16_BE)
        if data and 0xD8 <= data[-2 if big else -1] <= 0xDB:
            data = data[:-2]
    elif encoding == "utf8":
        for back in range(1, min(4, len(data)) + 1):
            byte = data[-back]
            if byte >= 0xC0:
                needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
                data = data[:-back] if needed > back else data
                break
            if byte < 0x80:
                break
    return decode(data, encoding, path=path, offset=offset, head=head)


def encoded_length(text: str, encoding: Encoding) -> int:
    """The bytes that ``text``, decoded from a file, takes there."""
    if encoding == "latin1":
        return len(text)
    return len(text.encode("utf-16-le" if encoding == "utf16" else "utf-8"))
