"""A registered asset's name as users write it, and finding what it names.

``azureml:name:version``, ``azureml:name@label`` and both without ``azureml:``. Ids of Azure that
end in ``/<kind>/<name>/versions/<version>`` are understood too, because code that was written for
Azure keeps them.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Final

from parallelsdk.constants import AssetTypes
from parallelsdk.exceptions import AssetException, ErrorCategory, not_found
from parallelsdk.jobstore.assets import AssetKind, AssetRecord, AssetStore

LATEST: Final = "latest"
DEFAULT: Final = "default"  # Azure's label of a component's version that counts without a version
_SHORT: Final = re.compile(
    r"(?P<azure>azureml:)?(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]*)"
    r"(:(?P<version>[A-Za-z0-9][A-Za-z0-9_.-]*)|@(?P<label>[A-Za-z0-9_.-]+))?"
)
_LONG: Final = re.compile(
    r"azureml:/.*/(components|data|models|environments)/(?P<name>[^/]+)/"
    r"(versions/(?P<version>[^/]+)|labels/(?P<label>[^/]+))"
)
_MODELS: Final = (AssetTypes.CUSTOM_MODEL, AssetTypes.MLFLOW_MODEL, AssetTypes.TRITON_MODEL)


@dataclass(frozen=True, slots=True)
class AssetReference:
    """A name with a version or a label; with neither, the latest is meant."""

    name: str
    version: str | None = None
    label: str | None = None

    def __str__(self) -> str:
        if self.version is not None:
            return f"{self.name}:{self.version}"
        return self.name if self.label is None else f"{self.name}@{self.label}"


def parse_reference(text: str) -> AssetReference | None:
    """What ``text`` refers to; None when it has not the form of a reference.

    Without ``azureml:`` a version or a label is needed to tell it from a file's name.
    """
    long = _LONG.fullmatch(text)
    if long is not None and "/registries/" not in text:
        return AssetReference(long["name"], long["version"], long["label"])
    short = _SHORT.fullmatch(text)
    if short is None or not (short["azure"] or short["version"] or short["label"]):
        return None
    return AssetReference(short["name"], short["version"], short["label"])


def kind_of_input(type_: str | None) -> str:
    """The kind of asset that an input of that type names."""
    return AssetKind.MODEL if type_ in _MODELS else AssetKind.DATA


def look_up(store: AssetStore, kind: str, reference: AssetReference) -> AssetRecord:
    """The registered version that ``reference`` names. AssetException with the nearest names."""
    versions = store.versions(kind, reference.name)
    if not versions:
        raise _missing(store, kind, reference)
    if reference.version is not None:
        found = next((r for r in versions if r.version == reference.version), None)
        if found is None:
            raise _no_version(kind, reference, [record.version for record in versions])
        return found
    if reference.label not in (None, LATEST, DEFAULT):
        raise _refusal(
            f"{reference}: the only label is {LATEST!r}. Write {reference.name}@{LATEST}, or give "
            "a version."
        )
    active = next((record for record in versions if not record.archived), None)
    if active is None:
        raise _refusal(
            f"All versions of the {_asset(kind)} {reference.name!r} are archived. Restore one, or "
            f"give a version: {_listed([record.version for record in versions])}."
        )
    return active


def _asset(kind: str) -> str:
    return {AssetKind.DATA: "data asset"}.get(kind, kind)


def _missing(store: AssetStore, kind: str, reference: AssetReference) -> AssetException:
    what = f"There is no {_asset(kind)} called {reference.name!r}"
    names = sorted({record.name for record in store.all(kind)})
    near = difflib.get_close_matches(reference.name, names, 1, 0.6)
    if near:
        hint = f" Did you mean {near[0]!r}?"
    elif names:
        hint = f" Known: {_listed(names)}."
    else:
        hint = f" None is registered yet; parallelsdk {kind} create does that."
    found: AssetException = not_found(AssetException, f"{what} in this workspace.{hint}")
    return found


def _no_version(kind: str, reference: AssetReference, versions: list[str]) -> AssetException:
    found: AssetException = not_found(
        AssetException,
        f"The {_asset(kind)} {reference.name!r} has no version {reference.version!r}. "
        f"There are: {_listed(versions)}.",
    )
    return found


def _listed(words: list[str]) -> str:
    return ", ".join(words[:10]) + (", ..." if len(words) > 10 else "")


def _refusal(message: str) -> AssetException:
    return AssetException(message, error_category=ErrorCategory.USER_ERROR)
