"""Assets that a job names: environments, data and models.

Thin on purpose: a local run takes the Python that runs it, so an environment is kept, printed and
compared, and nothing is built from it.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any, Final

from parallelsdk.constants import AssetTypes
from parallelsdk.entities._document import read_yaml
from parallelsdk.entities._fields import Checked
from parallelsdk.entities._io import Input, is_local, resolve
from parallelsdk.entities._registered import Registered
from parallelsdk.entities._rules import anything, part, text, text_mapping
from parallelsdk.exceptions import BadTypeError
from parallelsdk.rules import vocabulary

ANONYMOUS_ENVIRONMENT: Final = (
    "CliV2AnonymousEnvironment"  # Azure's name, so that texts compare equal
)


class BuildContext(Checked):
    """The folder of a Dockerfile; ``dockerfile_path`` names another file than ``Dockerfile``."""

    refuses_unknown = True

    path = text()
    dockerfile_path = text()

    def __init__(self, **values: Any) -> None:
        self._folder = os.getcwd()
        super().__init__(**values)

    @property
    def resolved_path(self) -> str | None:
        """The folder, absolute if it is local."""
        return None if self.path is None else resolve(self.path, self._folder)

    def _to_dict(self) -> dict[str, Any]:
        return {**super()._to_dict(), "path": self.resolved_path}


class Environment(Registered, Checked):
    """An environment: an image with or without a conda file, a build context, or both left out.

    ``conda_file`` is a mapping, or a file that is read at once, relative to the current folder;
    raises ValidationException when it is missing. Without ``name`` it gets Azure's name for
    anonymous ones and a version that is a hash of its content, so equal environments are equal.
    """

    words = vocabulary.ENVIRONMENT
    refuses_unknown = True

    name = text()
    version = text()
    description = text()
    image = text()
    build = part(BuildContext)
    conda_file = anything()
    os_type = text()
    inference_config = anything()
    tags = text_mapping()
    properties = text_mapping()
    datastore = text()

    def __init__(self, **values: Any) -> None:
        conda = values.get("conda_file")
        if isinstance(conda, str | os.PathLike) and is_local(os.fspath(conda)):
            values["conda_file"] = read_yaml(resolve(os.fspath(conda), os.getcwd()))
        super().__init__(**values)
        if self.name is None:
            self.name = ANONYMOUS_ENVIRONMENT
            self.version = self.version or self._content_hash()

    def _content_hash(self) -> str:
        build = (
            [self.build.resolved_path, self.build.dockerfile_path]
            if isinstance(self.build, BuildContext)
            else self.build
        )
        content = json.dumps([self.image, build, self.conda_file], sort_keys=True, default=str)
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


class _PathAsset(Registered, Checked):
    """An asset that is a place: absolute at once if local."""

    name = text()
    version = text()
    description = text()
    path = text()
    type = text()
    tags = text_mapping()
    properties = text_mapping()

    def __init__(self, **values: Any) -> None:
        path = values.get("path")
        if path is not None:
            if not isinstance(path, str | os.PathLike):
                raise BadTypeError(
                    f"{type(self).__name__}.path: must be a path, found {path!r:.80}"
                )
            values["path"] = resolve(os.fspath(path), os.getcwd())
        super().__init__(**values)

    def as_input(self) -> Input:
        """The asset as a value of a step's or a pipeline's input: its place, or its registered
        name.
        """
        reference = (
            f"azureml:{self.name}:{self.version}" if self.version else f"azureml:{self.name}@latest"
        )
        return Input(type=self.type, path=self.path if self.path is not None else reference)


class Data(_PathAsset):
    """A data asset: ``type`` is uri_folder, uri_file or mltable."""

    words = vocabulary.DATA
    refuses_unknown = True

    def __init__(self, **values: Any) -> None:
        super().__init__(**{"type": AssetTypes.URI_FOLDER, **values})


class Model(_PathAsset):
    """A model asset: a file or a folder."""

    words = vocabulary.MODEL
    refuses_unknown = True

    def __init__(self, **values: Any) -> None:
        super().__init__(**{"type": AssetTypes.CUSTOM_MODEL, **values})
