"""Types and modes of inputs and outputs."""

from __future__ import annotations

from typing import Final

from parallelsdk.constants import LITERAL_TYPES, AssetTypes, InputOutputModes

DATA_TYPES: Final = (
    AssetTypes.URI_FILE,
    AssetTypes.URI_FOLDER,
    AssetTypes.MLTABLE,
    AssetTypes.CUSTOM_MODEL,
    AssetTypes.MLFLOW_MODEL,
    AssetTypes.TRITON_MODEL,
)
DATA_ASSET_TYPES: Final = (AssetTypes.URI_FOLDER, AssetTypes.URI_FILE, AssetTypes.MLTABLE)
INPUT_TYPES: Final = (*sorted(LITERAL_TYPES), *DATA_TYPES)
PATH: Final = "path"  # of Azure's first preview: a file or a folder, whichever is given
DECLARED_TYPES: Final = (*INPUT_TYPES, PATH)  # what a component may say of its inputs and outputs
INPUT_MODES: Final = (
    InputOutputModes.RO_MOUNT,
    InputOutputModes.DOWNLOAD,
    InputOutputModes.DIRECT,
    InputOutputModes.EVAL_MOUNT,
    InputOutputModes.EVAL_DOWNLOAD,
)
OUTPUT_MODES: Final = (
    InputOutputModes.RW_MOUNT,
    InputOutputModes.MOUNT,
    InputOutputModes.UPLOAD,
    InputOutputModes.DIRECT,
)
# What declares an input, and cannot stand where a value is given.
DECLARING: Final = ("default", "min", "max", "enum", "optional")


def settled(declared: str | None) -> str | None:
    """The type that a declaration settles; None where the type of the data counts."""
    return None if declared == PATH else declared
