"""The JSON Schema of our YAML files, so that editors complete and check them.

pydantic enters here, and only for this: the declared fields become its models, and it writes the
schema. Nothing is validated with the models; the loader's own errors know lines and near misses.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from types import GenericAlias
from typing import Annotated, Any, Final, ForwardRef, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, create_model
from pydantic import Field as Info
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from parallelsdk.constants import LITERAL_TYPES, JobType
from parallelsdk.entities._assets import Data, Environment, Model
from parallelsdk.entities._command import Command, CommandComponent
from parallelsdk.entities._component import Component
from parallelsdk.entities._fields import Checked, Field
from parallelsdk.entities._io import Input, Output
from parallelsdk.entities._node import Node
from parallelsdk.entities._parallel import Parallel, ParallelComponent
from parallelsdk.entities._pipeline import Pipeline, PipelineComponent
from parallelsdk.entities._rules import anything, mapping, text, text_mapping
from parallelsdk.entities._settings import PipelineJobSettings
from parallelsdk.rules.names import Names
from parallelsdk.rules.ports import (
    DATA_ASSET_TYPES,
    DATA_TYPES,
    INPUT_MODES,
    INPUT_TYPES,
    OUTPUT_MODES,
)
from parallelsdk.rules.vocabulary import JOB, STEPS

Members = dict[str, Any]  # what create_model takes: name -> (annotation, default)

_Binding = Annotated[str, Info(pattern=r"^\$\{\{.+\}\}$")]
_Scalar = str | float | bool  # a float is any number
_STEP: Final = ForwardRef("Step")  # a pipeline holds steps, and a step may hold a pipeline
_LITERAL_FIELDS: Final = ("path", "mode", "path_on_compute", "datastore")  # of data alone
_DATA_FIELDS: Final = ("default", "min", "max", "enum")  # of literals alone
_COMMON: Final[dict[str, Field[Any]]] = {  # what every step may say besides its kind's settings
    **{name: text() for name in ("name", "display_name", "description", "comment", "compute")},
    **{name: text_mapping() for name in ("tags", "environment_variables")},
    **{name: mapping() for name in ("properties", "identity")},
    **{name: anything() for name in ("distribution", "services")},
}


def file_schema() -> dict[str, Any]:
    """The schema of a file: a pipeline, a command or parallel component, or an asset."""
    files = _Files()
    schema = TypeAdapter(files.any_file).json_schema(schema_generator=_Plain)
    return {"$schema": _Plain.schema_dialect, "title": "parallelsdk", **schema}


class _Plain(GenerateJsonSchema):
    """Without the titles and nulls that say nothing to an editor."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


class _Files:
    """The models, made in the order in which they need each other."""

    def __init__(self) -> None:
        self._parts: dict[type, Any] = {}
        literals, data = _words(LITERAL_TYPES), _words(DATA_TYPES) | _Binding
        of_literals = {n: f for n, f in Input._fields.items() if n not in _LITERAL_FIELDS}
        of_data = {n: f for n, f in Input._fields.items() if n not in _DATA_FIELDS}
        modes = {"mode": (_words(INPUT_MODES) | _Binding | None, None)}
        literal = self._model(
            "LiteralInput",
            of_literals,
            {"type": (literals, ...), "default": (_Scalar | None, None)},
            names=Names(frozenset(of_literals)),
        )
        given = self._model(
            "DataInput",
            of_data,
            {"type": (data | None, None), **modes},
            names=Names(frozenset(of_data)),
        )
        output = self._model(
            "Output",
            Output._fields,
            {
                "type": (_words(INPUT_TYPES) | _Binding | None, None),
                "mode": (_words(OUTPUT_MODES) | _Binding | None, None),
            },
            names=Output.names(),
        )
        self._ports: Members = {
            "inputs": (_named(_Scalar | literal | given | None) | None, None),
            "outputs": (_named(str | output | None) | None, None),
        }
        self.any_file = self._files()

    def _files(self) -> Any:
        commands = {"command": (str, ...)}
        tasks = {"task": (self._part(ParallelComponent.task.part), ...)}
        command = self._component(CommandComponent, commands)
        parallel = self._component(ParallelComponent, {})
        pipeline = self._component(PipelineComponent, {"jobs": (_named(_STEP), ...)})
        steps = [
            *(self._step(Command, CommandComponent, commands), self._step_of(Command, command)),
            *(self._step(Parallel, ParallelComponent, tasks), self._step_of(Parallel, parallel)),
            self._step_of(Pipeline, pipeline),
            self._step(Pipeline, PipelineComponent, {"jobs": (_named(_STEP), ...)}),
        ]
        space = {"Step": reduce(or_, steps)}
        jobs = [
            self._job("Pipeline", {"jobs": (_named(_STEP), ...)}),
            self._job("PipelineOfComponent", {"component": (str | pipeline, ...)}),
        ]
        for model in (pipeline, *steps, *jobs):
            model.model_rebuild(_types_namespace=space)
        command_file = self._component(CommandComponent, commands, "CommandFile")
        parallel_file = self._component(ParallelComponent, {}, "ParallelFile")
        return reduce(or_, [*jobs, command_file, parallel_file, *self._assets()])

    def _component(self, cls: type[Component], own: Members, name: str = "") -> Any:
        members = {**_kind(cls.kind), **self._ports, **own}
        return self._model(name or cls.__name__, cls._fields, members, cls)

    def _step(self, node: type[Node], cls: type[Component], own: Members) -> Any:
        """A step that holds its component's fields itself."""
        fields = {**cls._fields, **node._settings, **_COMMON}
        nothing = {"component": (None, None)}
        return self._model(
            f"{node.__name__}Step",
            fields,
            {**_kind(node.kind), **self._ports, **nothing, **own},
            node,
            names=STEPS[node.kind],
        )

    def _step_of(self, node: type[Node], component: Any) -> Any:
        """A step of a component that is named, or written in it."""
        own = {"component": (str | component, ...)}
        return self._model(
            f"{node.__name__}StepOfComponent",
            {**node._settings, **_COMMON},
            {**_kind(node.kind, needed=False), **self._ports, **own},
            node,
        )

    def _job(self, name: str, own: Members) -> Any:
        fields = {**Component._fields, **_COMMON, "experiment_name": text()}
        settings = {"settings": (self._part(PipelineJobSettings) | None, None)}
        members = {**_kind(JobType.PIPELINE), **self._ports, **settings, **own}
        return self._model(name, fields, members, names=JOB)

    def _assets(self) -> Iterable[Any]:
        yield self._part(Environment)
        for cls, types in ((Data, DATA_ASSET_TYPES), (Model, DATA_TYPES)):
            kind = {"type": (_words(types) | None, None), "path": (str, ...)}
            yield self._model(cls.__name__, cls._fields, kind, cls, names=cls.names())

    def _part(self, cls: type[Checked] | None) -> Any:
        """The model of a nested object; those of a parallel step may hold more, as in Azure."""
        assert cls is not None
        if cls not in self._parts:
            names = None if cls.open_in_files else cls.names()
            self._parts[cls] = self._model(cls.__name__, cls._fields, {}, cls, names=names)
        return self._parts[cls]

    def _model(
        self,
        name: str,
        fields: Mapping[str, Field[Any]],
        own: Members,
        about: type | None = None,
        *,
        names: Names | None = None,
    ) -> Any:
        """A model of the declared ``fields``, some of which ``own`` states more closely.

        No name may stand in it but theirs and the known ``names``; None lets any.
        """
        members: Members = {
            key: (self._annotation(field) | None, None) for key, field in fields.items()
        }
        known = names.known if names is not None and names.known is not None else ()
        members |= {
            name: (Any, None) for name in sorted(known) if name not in (*members, "$schema")
        }
        members["schema_"] = (str | None, Info(None, alias="$schema"))
        members.update(own)
        extra: Any = "allow" if names is None else "forbid"
        config = ConfigDict(extra=extra, protected_namespaces=())
        made: type[BaseModel] = create_model(
            name, __config__=config, __doc__=_first_line(about), **members
        )
        return made

    def _annotation(self, field: Field[Any]) -> Any:
        form = field.form
        choices: list[Any] = [] if field.part is None else [self._part(field.part)]
        for kind in form.types:
            if kind is int:
                choices.append(Annotated[int, Info(ge=form.least, le=form.most)])
            elif kind is str and form.words:
                choices.append(_words(form.words))
            elif kind is str and form.pattern:
                choices.append(Annotated[str, Info(pattern=form.pattern)])
            elif kind is dict:
                choices.append(_named(reduce(or_, form.of, None)) if form.of else dict)
            elif kind is list:
                choices.append(GenericAlias(list, (reduce(or_, form.of),)))
            else:
                choices.append(kind)
        if not choices:
            return Any
        return reduce(or_, choices if str in choices else [*choices, _Binding])


def _kind(kind: str, *, needed: bool = True) -> Members:
    """The member ``type``; a command may leave it out, and so may a step that names a file."""
    word = _words([kind])
    open_ = kind == JobType.COMMAND or not needed
    return {"type": (word | None, None) if open_ else (word, ...)}


def _named(member: Any) -> Any:
    """A mapping of names to members."""
    return GenericAlias(dict, (str, member))


def _words(words: Iterable[str]) -> Any:
    return Literal[tuple(sorted(words))]


def _first_line(about: type | None) -> str | None:
    return None if about is None else (inspect.getdoc(about) or "").partition("\n\n")[0]
