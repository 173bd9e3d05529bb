"""Lines of bytes, as the readers of text count them."""

from __future__ import annotations


def count_lines(data: bytes) -> int:
    """The lines that are not empty; every carriage return in ``data`` stands before a line feed."""
    if data.startswith((b"\n", b"\r\n")) or b"\n\n" in data or b"\n\r\n" in data:
        return sum(1 for line in data.split(b"\n") if line not in (b"", b"\r"))
    return data.count(b"\n") + (not data.endswith(b"\n"))
