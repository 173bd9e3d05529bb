"""A block that ends within a character is decoded up to it; a bad byte is named."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallelsdk.exceptions import DataException
from parallelsdk.mltable._definition import JsonLinesOptions
from parallelsdk.mltable._encoding import decode, decode_whole, encoded_length, mark_length
from parallelsdk.mltable._json_lines import JsonLinesReader


@given(
    text=st.text(max_size=8), cut=st.integers(0, 32), encoding=st.sampled_from(["utf8", "utf16"])
)
def test_the_beginning_of_a_text_decodes_wherever_it_was_cut(
    text: str, cut: int, encoding: Any
) -> None:
    data = text.encode("utf-16-le" if encoding == "utf16" else "utf-8")[:cut]
    found = decode_whole(data, encoding, path="f", offset=0, head=b"")
    assert text.startswith(found)
    assert len(data) - encoded_length(found, encoding) < 4


def test_latin1_is_windows_1252_whose_undefined_bytes_stay() -> None:
    data = bytes(range(256))
    found = decode(data, "latin1", path="f", offset=0, head=b"")
    assert found[0x80] == "€"
    assert found[0x81] == "\x81"
    assert encoded_length(found, "latin1") == 256


def test_a_bad_byte_is_named_by_its_place_in_the_file() -> None:
    with pytest.raises(DataException, match=r"'f\.csv' is not UTF-8 at byte 102"):
        decode(b"ab\xffc", "utf8", path="f.csv", offset=100, head=b"")
    with pytest.raises(DataException, match=r"is not UTF-16-BE at byte 2"):
        decode(b"\x00a\xd8\x00\x00a", "utf16", path="f", offset=0, head=b"\xfe\xff")


def test_byte_order_marks_are_told_from_data() -> None:
    assert mark_length(b"\xef\xbb\xbfa", "utf8") == 3
    assert mark_length(b"\xef\xbb\xbfa", "latin1") == 0
    assert mark_length(b"\xfe\xff\x00a", "utf16") == 2
    assert mark_length(b"a\x00", "utf16") == 0


def test_what_is_wrong_with_a_file_does_not_tell_its_signature() -> None:
    signed = "https://host/rows.csv?sig=SECRET"
    with pytest.raises(DataException, match=r"rows\.csv.* byte 5 ") as text:
        decode(b"a\xff", "utf8", path=signed, offset=4, head=b"")
    with pytest.raises(DataException, match=r"rows\.csv.* line 1 ") as line:
        list(JsonLinesReader(JsonLinesOptions(), pa.schema([])).rows(signed, b"nothing", 0))
    assert "SECRET" not in f"{text.value} {line.value}"
