"""Filter expressions: their grammar, and what they say of the rows of an Arrow table.

Alone, because it is a language of its own that looks like Python. A missing value or an unknown
column makes a comparison neither true nor false, and such a row does not stay, whatever is done
with the comparison. A number is never equal to a text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

_ALLOWED: Final = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.Compare, ast.Eq,
    ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.IfExp, ast.Name, ast.Load, ast.Constant,
    ast.Call, ast.Attribute,
)  # fmt: skip
COMPARISONS: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
}
_MOST_CHARACTERS: Final = 20_000


def parse_filter(text: str) -> ast.expr:
    """The tree of an expression that holds nothing but what the language has.

    Raises ValueError, saying what is wrong.
    """
    if len(text) > _MOST_CHARACTERS:
        raise ValueError("it is too long")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"{getattr(error, 'msg', error)}") from error
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise ValueError(f"{_name_of(node)} is not part of the language")
        if isinstance(node, ast.Call):
            _check_call(node)
        elif isinstance(node, ast.Constant):
            _check_constant(node)
    return tree.body


def columns_of(expression: ast.expr) -> Iterator[str]:
    """The columns that an expression names."""
    for node in ast.walk(expression):
        name = column_name(node)
        if name is not None:
            yield name


def _check_call(node: ast.Call) -> None:
    function = node.func
    if node.keywords:
        raise ValueError("functions take no named arguments")
    if isinstance(function, ast.Attribute):
        argument = node.args[0] if len(node.args) == 1 else None
        is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        if function.attr != "startswith" or not is_text:
            raise ValueError('the one method is .startswith("text")')
    elif isinstance(function, ast.Name) and function.id == "col":
        if column_name(node) is None:
            raise ValueError('a column is written col("name")')
    elif isinstance(function, ast.Name) and function.id == "datetime":
        moment_of(node)
    else:
        raise ValueError(f"there is no function {ast.unparse(function)}")


def _check_constant(node: ast.Constant) -> None:
    if not isinstance(node.value, str | int | float | None):
        raise ValueError(f"{ast.unparse(node)} is no value of the language")


def column_name(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name) and node.id not in ("col", "datetime"):
        return node.id
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "col"
        and len(node.args) == 1
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ):
        return node.args[0].value
    return None


def moment_of(node: ast.Call) -> datetime:
    numbers = [
        argument.value
        for argument in node.args
        if isinstance(argument, ast.Constant) and type(argument.value) is int
    ]
    if len(numbers) != len(node.args) or not 3 <= len(numbers) <= 6:
        raise ValueError("datetime takes year, month, day and, if wanted, hour, minute, second")
    year, month, day, hour, minute, second = [*numbers, 0, 0, 0][:6]
    return datetime(year, month, day, hour, minute, second)


def _name_of(node: Any) -> str:
    return {ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not"}.get(
        type(node), type(node).__name__
    )
