"""``MLClient.components``: components that outlive the files they were written in.

The code folders of a component are copied into the workspace when it is registered, so that it
works on after the source has changed or gone.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from parallelsdk._warning import warn_caller
from parallelsdk.client.assets import AssetOperations, expect
from parallelsdk.client.keywords import warn_unheeded
from parallelsdk.entities._component import Component
from parallelsdk.entities._loading import load_component
from parallelsdk.entities._node import Node
from parallelsdk.entities._printing import to_yaml
from parallelsdk.entities._validation_result import ValidationResult
from parallelsdk.exceptions import UserErrorException, ValidationException
from parallelsdk.jobstore.assets import AssetKind
from parallelsdk.storage.file_store import FileStore
from parallelsdk.storage.snapshot import snapshot_code
from parallelsdk.storage.uri import is_local


class ComponentOperations(AssetOperations[Component]):
    """What ``MLClient.components`` offers."""

    kind = AssetKind.COMPONENT
    needs_version = False

    def create_or_update(
        self,
        component: Any,
        version: str | None = None,
        *,
        skip_validation: bool = False,
        **kwargs: Any,
    ) -> Component:
        """Register a component, and return it as registered.

        Without a version it gets the next one. The same version again must have the same content,
        code included, then its labels are renewed; AssetException otherwise. What is wrong with it
        is a ValidationException, unless ``skip_validation``.

        Also takes a step (what ``command()`` or ``parallel_run_function()`` gives) and a function
        decorated with ``@pipeline``. ``version`` counts more than the component's own.
        """
        warn_unheeded(self.create_or_update, kwargs, also=("is_anonymous",))
        found = _component_of(component)
        if version is not None:
            found = found.copy_with(version=str(version))
        if not skip_validation:
            result = self.validate(found)
            for path, message in result.warnings.items():
                warn_caller(result._line(path, message))
            result.try_raise()
        return self._register(found)

    def validate(
        self, component: Any, raise_on_failure: bool = False, **kwargs: Any
    ) -> ValidationResult:
        """What ``create_or_update`` would refuse ``component`` for."""
        warn_unheeded(self.validate, kwargs)
        found = _component_of(component)
        self._check(found)
        return found._validate(raise_on_failure)

    def _check(self, asset: Component) -> None:
        expect(asset, Component)
        if asset.reference is not None:
            raise UserErrorException(f"{asset.reference} is the name of a registered component.")

    def _split(self, asset: Component) -> tuple[dict[str, Any], dict[str, Any]]:
        content, labels = super()._split(asset)
        return self._with_own_code(content), labels

    def _with_own_code(self, content: dict[str, Any]) -> dict[str, Any]:
        """A printed component, its code folders replaced by copies in the workspace."""
        found = dict(content)
        includes = found.pop("additional_includes", ())
        if isinstance(found.get("code"), str) or includes:
            found["code"] = self._snapshot(found.get("code"), includes)
        for name in ("task", "component"):
            if isinstance(found.get(name), dict):
                found[name] = self._with_own_code(found[name])
        if isinstance(found.get("jobs"), dict):
            found["jobs"] = {n: self._with_own_code(step) for n, step in found["jobs"].items()}
        return found

    def _snapshot(self, code: str | None, includes: Sequence[str]) -> str:
        if code is not None and not is_local(code):
            return code
        self._workspace.make()
        into = str(self._workspace.code)
        if code is not None and code.startswith(into) and not includes:
            return code
        store = FileStore(str(self._workspace.files))
        return snapshot_code(code, into, includes=includes, store=store)

    def _made(self, values: dict[str, Any]) -> Component:
        name, version = values.pop("name"), values.pop("version")
        component = load_component(io.StringIO(to_yaml(values)))
        component.name, component.version = name, version
        found: Component = component
        return found


def _component_of(given: Any) -> Component:
    """The component that a user means by a component, a step or a pipeline function."""
    if isinstance(given, Node):
        component = given.component
        return component if component.name else component.copy_with(name=given.name)
    builder = getattr(given, "_pipeline_builder", None)
    if builder is not None:
        built: Component = builder.definition()
        return built
    if callable(given) and not isinstance(given, Component):
        raise ValidationException(
            f"{getattr(given, '__name__', given)!r} is a plain function. Decorate it with "
            "@pipeline to register it as a component."
        )
    component_given: Component = given
    return component_given
