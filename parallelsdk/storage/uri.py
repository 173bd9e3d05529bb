"""What a data reference points at: the one place that takes URIs apart.

Alone, because a scheme must mean the same to planning, staging and the MLTable reader.
"""

from __future__ import annotations

import os
import re
from typing import Final
from urllib.parse import unquote

from parallelsdk.exceptions import ErrorTarget, ValidationException

_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
# Azure's long URIs name the workspace; here there is one.
AZUREML_PREFIX: Final = (
    r"azureml://(?:subscriptions/[^/]+/resource[gG]roups/[^/]+/"
    r"(?:providers/Microsoft\.MachineLearningServices/)?workspaces/[^/]+/)?"
)
_DATASTORE: Final = re.compile(
    AZUREML_PREFIX + r"datastores/(?P<store>[^/]+)/paths(?:/(?P<path>.*))?",
    re.DOTALL,
)


def scheme(uri: str) -> str:
    """The scheme in lower case, ``""`` for a plain path.

    ``file:x`` and ``azureml:x`` count without slashes; any other ``a:b`` is a file's name.
    """
    found = _URL.match(uri)
    if found:
        return found.group(1).lower()
    for word in ("file", "azureml"):
        if uri.startswith(word + ":"):
            return word
    return ""


def is_local(uri: str) -> bool:
    """Whether ``uri`` is a path of this machine: a plain path or ``file:``."""
    return scheme(uri) in ("", "file")


def local_path(uri: str) -> str:
    """The plain path behind a local URI. In ``file://`` URLs, ``%20`` and the like are decoded.

    Raises ValidationException for a URI of another scheme or another host.
    """
    kind = scheme(uri)
    if kind == "":
        return uri
    if kind != "file":
        raise ValidationException(
            f"{uri!r} is not a local path; download it first.", target=ErrorTarget.DATA
        )
    rest = uri[len("file:") :]
    if not rest.startswith("//"):
        return rest
    host, slash, path = rest[2:].partition("/")
    if host not in ("", "localhost"):
        raise ValidationException(
            f"{uri!r} names the host {host!r}; write file:///path with three slashes.",
            target=ErrorTarget.DATA,
        )
    return unquote(slash + path, errors="surrogateescape")


def parse_datastore_path(uri: str) -> tuple[str, str]:
    """The name of a datastore and the path in it that ``uri`` names, without slashes around.

    The short form is ``azureml://datastores/<d>/paths/<p>``; the long one names the subscription.
    Raises ValidationException for any other URI, and for one that would leave its datastore.
    """
    found = _DATASTORE.fullmatch(uri)
    if not found:
        raise ValidationException(
            f"{uri!r} is not of the form azureml://datastores/<name>/paths/<path>.",
            target=ErrorTarget.DATA,
        )
    name = found.group("store")
    path = os.path.normpath((found.group("path") or "").strip("/") or ".")
    if name in (".", "..") or path == ".." or path.startswith("../"):
        raise ValidationException(f"{uri!r} leaves its datastore.", target=ErrorTarget.DATA)
    return name, "" if path == "." else path
