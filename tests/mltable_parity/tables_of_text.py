"""Delimited text: headers, delimiters, encodings, quotes, lines, missing cells, path columns."""

from __future__ import annotations

from collections.abc import Iterator

from tests.mltable_parity.building import Table, delimited, lines

MODES = (
    "no_header",
    "from_first_file",
    "all_files_same_headers",
    "all_files_different_headers",
)
HEADERS = {
    "one_file": {"a.csv": "x,y\n5,red\n6,blue\n"},
    "two_files": {"a.csv": "x,y\n5,red\n", "b.csv": "x,y\n7,green\n8,grey\n"},
    "other_order": {"a.csv": "x,y\n5,red\n", "b.csv": "y,x\ngreen,7\n"},
    "other_names": {"a.csv": "x,y\n5,red\n", "b.csv": "y,z\ngreen,0.5\n"},
    "no_header_in_second": {"a.csv": "x,y\n5,red\n", "b.csv": "7,green\n8,grey\n"},
    "empty_first_file": {"a.csv": "", "b.csv": "x,y\n7,green\n"},
    "empty_second_file": {"a.csv": "x,y\n7,green\n", "b.csv": "", "c.csv": "x,y\n8,red\n"},
    "header_only_first": {"a.csv": "x,y\n", "b.csv": "x,y\n7,green\n"},
    "wider_second": {"a.csv": "x,y\n5,red\n", "b.csv": "x,y,z\n7,green,tall\n"},
    "narrower_second": {"a.csv": "x,y,z\n5,red,tall\n", "b.csv": "x,y\n7,green\n"},
}
NAMES = {
    "duplicates": "a,b,a,a,b",
    "duplicate_meets_name": "a,a,a_1",
    "empty": "a,,c",
    "blanks_around": " a , b,c ",
    "quoted": '"a b","c,d",e',
    "quoted_blanks": '" a ",b,c',
    "cases": "a,A,b",
    "unicode": "größe,naïve,日本",
    "numbers": "1,2,3",
    "punctuation": "a.b,c-d,e[f]",
}
DELIMITERS = {
    "semicolon": ";", "tab": "\t", "pipe": "|", "blank": " ", "colon": ":", "caret": "^",
    "tilde": "~", "hash": "#", "letter": "x", "dollar": "$", "dot": ".", "backslash": "\\",
}  # fmt: skip
TEXT = "name,town,n\nJosé,Köln,5\nZoë,Málaga,6\n"
ENCODINGS = {
    "utf8": "utf-8", "utf-8": "utf-8", "iso88591": "latin-1", "iso-8859-1": "latin-1",
    "latin1": "latin-1", "latin-1": "latin-1", "utf16": "utf-16-le", "utf-16": "utf-16-le",
    "windows1252": "cp1252", "windows-1252": "cp1252", "ascii": "utf-8",
}  # fmt: skip
QUOTES = {
    "plain": '"a","b"\n"c d","e"\n',
    "delimiter_inside": '"a,b",c\n"d,,e",f\n',
    "doubled": '"say ""hi""",b\n"""",c\n',
    "empty_quoted": '"",b\nc,""\n',
    "empty_quoted_beside_empty": '"",\n,""\nx,y\n',
    "text_after": '"x"y,b\nc,"z"w\n',
    "in_the_middle": 'a"b,c\nd"e"f,g\n',
    "single_quotes": "'a,b',c\n'd',e\n",
    "backslash": 'a\\"b,c\n"d\\e",f\n',
    "blank_before_quote": ' "a",b\n "c",d\n',
    "blank_after_quote": '"a" ,b\n"c" ,d\n',
    "quoted_numbers": '"5","1.5"\n"6","2.5"\n',
    "unclosed_at_line_end": '5,"B\n2",x\n7,y\n',
    "quoted_blanks_kept": '"  a ",b\n" ",c\n',
}
LINES = {
    "crlf": b"a,b\r\n5,x\r\n6,y\r\n",
    "mixed": b"a,b\n5,x\r\n6,y\n",
    "no_final_newline": b"a,b\n5,x\n6,y",
    "crlf_no_final": b"a,b\r\n5,x\r\n6,y",
    "lone_cr_is_data": b"a,b\n5,x\rz\n6,y\n",
    "blank_lines_first": b"\n\na,b\n5,x\n",
    "blank_lines_between": b"a,b\n\n5,x\n\n\n6,y\n\n",
    "whitespace_lines": b"a,b\n5,x\n   \n6,y\n",
    "only_delimiters": b"a,b\n,\n5,x\n,\n",
    "short_rows": b"a,b,c\n5\n6,y\n7,z,w\n",
    "long_rows": b"a,b\n5,x,extra\n6,y\n",
    "much_longer_rows": b"a,b\n5,x,e,f,g\n6,y\n",
    "trailing_delimiter": b"a,b,\n5,x,\n6,y,\n",
    "trailing_delimiter_in_rows": b"a,b\n5,x,\n6,y,\n",
    "one_column": b"a\n5\n6\n",
    "one_column_blank_lines": b"a\n5\n\n6\n",
    "one_row": b"a,b\n5,x\n",
    "crlf_blank_line": b"a,b\r\n5,x\r\n\r\n6,y\r\n",
    "header_wider_than_rows": b"a,b,c\n5,x\n6,y\n",
    "header_only": b"a,b\n",
    "empty": b"",
    "header_only_without_newline": b"a,b",
    "nul_inside": b"a,b\n5,x\x00y\n",
    "bom": b"\xef\xbb\xbfa,b\n5,x\n",
    "non_breaking_blank": "a,b\n5,\u00a0x\u00a0\n".encode(),
    "emoji": "a,b\n5,\U0001f600\n".encode(),
    "comment_like": b"#a,b\n#5,x\n6,y\n",
}
MULTI_LINE = {
    "quoted_break": b'a,b\n5,"x\ny"\n6,z\n',
    "quoted_crlf": b'a,b\r\n5,"x\r\ny"\r\n6,z\r\n',
    "two_breaks": b'a,b\n5,"x\n\ny"\n6,"z\n"\n',
    "none_needed": b"a,b\n5,x\n6,y\n",
    "quoted_header": b'"a\nb",c\n5,x\n',
    "doubled_quotes": b'a,b\n5,"x ""q""\ny"\n6,z\n',
    "unterminated": b'a,b\n5,"x\n6,y\n',
    "no_final_newline": b'a,b\n5,"x\ny"',
}
MISSING = {
    "int": "a,b\n5,x\n,y\n7,z\n",
    "float": "a,b\n1.5,x\n,y\n",
    "bool": "a,b\ntrue,x\n,y\nfalse,z\n",
    "date": "a,b\n2020-01-02,x\n,y\n",
    "string": "a,b\nq,x\n,y\nr,\n",
    "column": "a,b\n5,\n6,\n",
    "words": "a,b\nNA,null\nNone,N/A\n#N/A,-\n",
    "blanks": "a,b\n5,  \n  ,x\n",
    "quoted": 'a,b\n"",x\n5,""\n',
    "first_column": "a,b\n,x\n,y\n",
    "after_sample": lines("a,b", *(f"{n + 10},x" for n in range(210)), ",y", "7,"),
}


def text_tables() -> Iterator[Table]:
    """Tables of delimited text."""
    for mode in MODES:
        for what, files in HEADERS.items():
            if (mode, what) != ("all_files_same_headers", "other_order"):  # of other tools, too
                yield delimited(f"header-{mode}-{what}", files, header=mode)
    for what, header in NAMES.items():
        row = ",".join(f"v{n}" for n in range(header.count(",") + 1 - header.count("c,d")))
        yield delimited(f"names-{what}", f"{header}\n{row}\n")
    for what, delimiter in DELIMITERS.items():
        rows = lines(*(delimiter.join(row) for row in (("a", "b"), ("5", "q"), ("6", "r,s"))))
        yield delimited(f"delimiter-{what}", rows, delimiter=delimiter)
    for name, codec in ENCODINGS.items():
        yield delimited(f"encoding-{name}", TEXT.encode(codec), encoding=name)
    yield from _more_encodings()
    for what, rows in QUOTES.items():
        yield delimited(f"quotes-{what}", f"p,q\n{rows}")
    for what, content in LINES.items():
        yield delimited(f"lines-{what}", content)
    for what, content in MULTI_LINE.items():
        yield delimited(f"multi_line-{what}", content, support_multi_line=True)
        if what in ("quoted_break", "quoted_crlf", "two_breaks"):
            yield delimited(f"single_line-{what}", content)
    for what, rows in MISSING.items():
        for as_text in (False, True):
            name = f"missing-{what}-{'text' if as_text else 'null'}"
            yield delimited(name, rows, empty_as_string=as_text)
    yield from _path_columns()


def _more_encodings() -> Iterator[Table]:
    yield delimited("encoding-utf8_bom_twice", {
        "a.csv": b"\xef\xbb\xbfa,b\n5,x\n", "b.csv": b"\xef\xbb\xbfa,b\n6,y\n",
    })  # fmt: skip
    yield delimited("encoding-utf16_bom", TEXT.encode("utf-16"), encoding="utf16")
    yield delimited("encoding-ascii_bom", "\ufeffa,b\n5,x\n".encode(), encoding="ascii")
    yield delimited(
        "encoding-utf16_big_endian", b"\xfe\xff" + TEXT.encode("utf-16-be"), encoding="utf16"
    )
    euro = b"a,b\n\x80 5,\x93x\x94\n"
    for name in ("latin1", "iso88591", "windows1252"):
        yield delimited(f"encoding-{name}_euro", euro, encoding=name)
    yield delimited("encoding-invalid_utf8", b"a,b\n5,\xff\xfe\n")
    yield delimited("encoding-unknown", "a,b\n5,x\n", encoding="ebcdic")
    multi = 'a,b\n5,"é\nx"\n'.encode("utf-16-le")
    yield delimited("encoding-utf16_multi_line", multi, encoding="utf16", support_multi_line=True)


def _path_columns() -> Iterator[Table]:
    two = {"a.csv": "a,b\n5,x\n", "sub/b.csv": "a,b\n6,y\n7,z\n"}
    for mode in MODES:
        yield delimited(f"path_column-{mode}", two, header=mode, include_path_column=True)
    yield delimited("path_column-unicode", {"ü ä%20#.csv": "a\n5\n"}, include_path_column=True)
    yield delimited("path_column-taken", "Path,b\n5,x\n", include_path_column=True)
    yield delimited("path_column-off_but_named", "Path,b\n5,x\n")
    yield delimited("path_column-header_only", "a,b\n", include_path_column=True)
    yield delimited("path_column-all_text", two, include_path_column=True, infer_column_types=False)
    yield delimited("path_column-one_null_column", "a,b\n5,\n", include_path_column=True)
