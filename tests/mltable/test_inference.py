"""The type of a column: the first that fits every cell of the sample."""

from __future__ import annotations

import pytest

from parallelsdk.mltable._definition import Column
from parallelsdk.mltable._inference import infer_column


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "0", None], ("bool", "ymd")),
        (["true", " F ", "Y"], ("bool", "ymd")),
        (["y", "n"], ("string", "ymd")),
        (["tRue"], ("string", "ymd")),
        (["1", "2", None, " 03 ", "-4", "+5"], ("int", "ymd")),
        (["1", "2.5"], ("float", "ymd")),
        (["1", "9223372036854775808"], ("float", "ymd")),
        (["5.", ".5", "1e5", "INF", "nan"], ("float", "ymd")),
        (["true", "2"], ("string", "ymd")),
        (["1_000", "2"], ("string", "ymd")),
        (["2020-01-02", "2020/1/2", "2020-01-02T03:04:05.123Z"], ("datetime", "ymd")),
        (["2020-01-02 03:04:05+0200", "02-Jan-2020"], ("datetime", "ymd")),
        (["2020-01-02 03:04"], ("string", "ymd")),
        (["2020-01"], ("string", "ymd")),
        (["2020-01-02 "], ("string", "ymd")),
        (["01/02/2020", "13/02/2020"], ("datetime", "dmy")),
        (["01/02/2020", "02/13/2020 11:12 PM"], ("datetime", "mdy")),
        (["13/02/2020", "02/13/2020"], ("string", "ymd")),
        (["01/02/2020"], ("string", "ymd")),
        (["2020-01-02", "3"], ("string", "ymd")),
        ([None, None], ("string", "ymd")),
        ([], ("string", "ymd")),
        (["NA", "1"], ("string", "ymd")),
        (["", "1"], ("string", "ymd")),
    ],
)
def test_the_first_type_that_fits_every_cell_is_taken(
    cells: list[str | None], expected: tuple[str, str]
) -> None:
    assert infer_column("x", cells) == Column("x", *expected)  # type: ignore[arg-type]
