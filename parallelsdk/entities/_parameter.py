"""``PipelineInput``: a parameter of a pipeline, while it is built and afterwards."""

from __future__ import annotations

from typing import Any, NoReturn

from parallelsdk.entities._fields import Attentive, Binding
from parallelsdk.entities._io import Input
from parallelsdk.entities._values import as_value
from parallelsdk.exceptions import UserErrorException
from parallelsdk.rules.vocabulary import PORT


class _Comparison:
    """The answer to comparing a parameter; it has no truth value while the pipeline is built."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __bool__(self) -> NoReturn:
        _refuse_truth(self._text)


def _refuse_truth(text: str) -> NoReturn:
    raise UserErrorException(
        f"{text} is known only when the job runs, so it has no truth value "
        "while the pipeline is built; "
        "list the parameter in non_pipeline_inputs to use it as a Python value"
    )


class PipelineInput(Attentive, Binding):
    """A parameter of a pipeline; in texts it stands as ``${{parent.inputs.<name>}}``.

    On a finished job, ``type``, ``mode``, ``path`` and ``description`` read and set what was given.
    """

    _words = PORT
    _attributes = frozenset({"declared"})

    def __init__(self, name: str, declared: Input, value: Any = None, given: Any = None) -> None:
        self._name = name
        self.declared = declared
        self._given = given  # the caller's own argument, before any default
        self._data: Any = None
        self.assign(value)

    def assign(self, value: Any) -> None:
        """Give the parameter a value: a literal, an Input, a data or model asset, None to take it
        back.
        """
        self._data = as_value(value, self.declared, f"inputs.{self._name}")

    @property
    def port_name(self) -> str:
        """The name below ``parent.inputs``; dotted for a member of a group."""
        return self._name

    @property
    def data(self) -> Any:
        """What was given: a literal, an Input, a reference of an outer pipeline, or None."""
        return self._data

    def result(self) -> Any:
        """The caller's actual argument, None when the caller left it out."""
        return self._given.result() if isinstance(self._given, PipelineInput) else self._given

    type = property(
        lambda self: self._of_data("type"), lambda self, value: self._set_data("type", value)
    )
    mode = property(
        lambda self: self._of_data("mode"), lambda self, value: self._set_data("mode", value)
    )
    path = property(
        lambda self: self._of_data("path"), lambda self, value: self._set_data("path", value)
    )
    description = property(
        lambda self: self._of_data("description"),
        lambda self, value: self._set_data("description", value),
    )

    def _of_data(self, name: str) -> Any:
        source = self._data if isinstance(self._data, Input) else self.declared
        return getattr(source, name)

    def _set_data(self, name: str, value: Any) -> None:
        if isinstance(self._data, Input):
            setattr(self._data, name, value)
        else:
            setattr(self.declared, name, value)

    def __str__(self) -> str:
        return "${{parent.inputs." + self._name + "}}"

    def __repr__(self) -> str:
        return f"<pipeline input {self._name!r}>"

    def __add__(self, other: object) -> str:
        return str(self) + str(other)

    def __radd__(self, other: object) -> str:
        return str(other) + str(self)

    def __bool__(self) -> NoReturn:
        _refuse_truth(str(self))

    def __eq__(self, other: object) -> Any:
        return True if self is other else _Comparison(f"{self} == {other}")

    def __ne__(self, other: object) -> Any:
        return False if self is other else _Comparison(f"{self} != {other}")

    def __lt__(self, other: object) -> Any:
        return _Comparison(f"{self} < {other}")

    def __le__(self, other: object) -> Any:
        return _Comparison(f"{self} <= {other}")

    def __gt__(self, other: object) -> Any:
        return _Comparison(f"{self} > {other}")

    def __ge__(self, other: object) -> Any:
        return _Comparison(f"{self} >= {other}")

    __hash__ = object.__hash__
