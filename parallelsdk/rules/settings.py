"""The settings of a parallel step: one table, from which everything that is said of them comes.

The checks at submission, ``program_arguments``, what a resume may change, what counts for reuse,
and the table in docs/reference/settings.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from parallelsdk import constants
from parallelsdk._units import parse_mini_batch_size

Kind = Literal["whole number", "size", "boolean", "file name", "choice", "other"]
Value = int | bool | str

_CUT: Final = "it says how the input was cut, and what is committed follows that cut"
MADE: Final = "what is committed was made with it"
ONLY: Final = "only thresholds, max_retries and time-outs can change when a job goes on"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: where it can be written, what it takes, and what depends on it."""

    name: str
    what: str  # in words
    kind: Kind
    attribute: str = ""  # at a step, such as "retry_settings.timeout"; empty: none
    is_argument: bool = False  # whether it can be written in program_arguments
    low: int = 0
    high: int | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    default: Value | None = None
    values: str = ""  # in words, where the kind does not say it
    default_text: str = ""  # where it is not a plain value
    fixed: str = ""  # why it cannot change when a job goes on; empty: it can
    counts: bool = False  # whether results depend on it, for reuse

    @property
    def flag(self) -> str:
        """The setting as it is written in program_arguments."""
        return f"--{self.name}"

    @property
    def allowed(self) -> str:
        """The values that it takes, in words."""
        if self.kind == "boolean":
            return "True or False"
        if self.kind == "file name":
            return f"a file name without a folder, of at most {constants.NAME_BYTES} bytes"
        if self.kind == "choice":
            return f"{', '.join(self.choices[:-1])} or {self.choices[-1]}"
        if self.kind == "size":
            return "a number of bytes such as 500kb or 10mb"
        if self.high is None:
            return f"a whole number, {self.low} or more"
        return f"a whole number from {self.low} to {self.high}"

    def read(self, value: Any) -> Value | None:
        """The value that ``value``, or its text, spells; None when the setting does not take it."""
        if self.kind == "boolean":
            return {"true": True, "false": False}.get(str(value).strip().lower())
        if self.kind == "choice":
            return value if value in self.choices else None
        if self.kind == "size":
            try:
                return parse_mini_batch_size(value) or None
            except ValueError:
                return None
        if self.kind == "file name":
            text = str(value)
            plain = text not in ("", ".", "..") and not re.search(r"[/\\\0]", text)
            return text if plain and len(os.fsencode(text)) <= constants.NAME_BYTES else None
        number = whole_number(value)
        if number is None or number < self.low or (self.high is not None and number > self.high):
            return None
        return number


def whole_number(value: Any) -> int | None:
    """The whole number that ``value``, or its text, is; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", value):
        return int(value)
    return None


def _timeout(name: str, what: str, default: int | None, **more: Any) -> Setting:
    return Setting(
        name,
        what,
        "whole number",
        low=1,
        high=constants.MAX_TIMEOUT,
        unit=" s",
        default=default,
        **more,
    )


_TABLE: Final = (
    Setting(
        "mini_batch_size",
        "size of a mini-batch",
        "other",
        "mini_batch_size",
        values="files, or bytes with `kb`, `mb`, `gb` (1 kb = 1024 bytes); bytes for a table",
        default_text="10 files, 1 MB",
        fixed=_CUT,
        counts=True,
    ),
    Setting(
        "mini_batch_rows",
        "rows of a mini-batch of a table",
        "whole number",
        is_argument=True,
        low=1,
        values="at least 1; counts instead of the size; as read, before a filter",
        default_text="off",
        fixed=_CUT,
        counts=True,
    ),
    Setting(
        "mini_batch_bytes",
        "bytes of a mini-batch of files",
        "size",
        is_argument=True,
        values="`500kb`, `10mb` ...; as many files as that holds, at least one",
        default_text="off",
        fixed=_CUT,
        counts=True,
    ),
    Setting(
        "partition_keys",
        "partition keys",
        "other",
        "partition_keys",
        values="keys of the partition format, or columns of the table; win over the size",
        default_text="none",
        fixed=_CUT,
        counts=True,
    ),
    Setting(
        "dtype_backend",
        "dtypes of DataFrames",
        "choice",
        is_argument=True,
        choices=("numpy", "numpy_nullable", "pyarrow"),
        default="numpy",
        default_text="`numpy`, as Azure's reader",
        fixed=MADE,
        counts=True,
    ),
    Setting(
        "instance_count",
        "instances",
        "whole number",
        "resources.instance_count",
        low=1,
        default=constants.INSTANCE_COUNT,
        fixed=ONLY,
    ),
    Setting(
        "max_concurrency_per_instance",
        "workers on each instance",
        "whole number",
        "max_concurrency_per_instance",
        low=1,
        default_text="cores of this machine divided by the instances",
        fixed=ONLY,
    ),
    Setting(
        "max_retries",
        "retries of a mini-batch",
        "whole number",
        "retry_settings.max_retries",
        high=constants.MOST_RETRIES,
        default=constants.MAX_RETRIES,
    ),
    _timeout(
        "timeout",
        "time-out of `run()`",
        constants.RUN_TIMEOUT,
        attribute="retry_settings.timeout",
    ),
    Setting(
        "mini_batch_error_threshold",
        "tolerated failed mini-batches",
        "whole number",
        "mini_batch_error_threshold",
        low=-1,
        default=constants.MINI_BATCH_ERROR_THRESHOLD,
        values="at least -1; -1 ignores",
    ),
    Setting(
        "error_threshold",
        "tolerated failed items",
        "whole number",
        "error_threshold",
        is_argument=True,
        low=-1,
        default=constants.ERROR_THRESHOLD,
        values="at least -1; -1 ignores",
    ),
    Setting(
        "allowed_failed_percent",
        "tolerated failed mini-batches, in percent",
        "whole number",
        is_argument=True,
        high=100,
        default=constants.ALLOWED_FAILED_PERCENT,
    ),
    Setting(
        "short_return",
        "what a return shorter than its mini-batch fails",
        "choice",
        is_argument=True,
        choices=("auto", "item", "mini_batch"),
        default="auto",
        fixed=MADE,
        counts=True,
    ),
    _timeout(
        "task_overhead_timeout",
        "time-out of loading a mini-batch, and of committing it",
        constants.TASK_OVERHEAD_TIMEOUT,
        is_argument=True,
    ),
    _timeout(
        "progress_update_timeout",
        "time-out without any progress",
        None,
        is_argument=True,
        default_text=f"from the others, at least {constants.PROGRESS_UPDATE_TIMEOUT_FLOOR} s",
    ),
    _timeout(
        "first_task_creation_timeout",
        "time-out until the first `run()`",
        constants.FIRST_TASK_CREATION_TIMEOUT,
        is_argument=True,
    ),
    Setting(
        "logging_level",
        "level of the user's log",
        "choice",
        "logging_level",
        choices=constants.LOGGING_LEVELS,
        default=constants.LOGGING_LEVEL,
        fixed=ONLY,
    ),
    Setting(
        "append_row_to",
        "rows into one file",
        "other",
        "task.append_row_to",
        values="`${{outputs.<name>}}`",
        default_text="off: only counts matter",
        fixed=MADE,
    ),
    Setting(
        "append_row_file_name",
        "name of that file in a folder",
        "file name",
        is_argument=True,
        default=constants.APPEND_ROW_FILE_NAME,
        fixed=MADE,
        counts=True,
    ),
    Setting(
        "append_row_dataframe_header",
        "column names of DataFrames in its first line",
        "boolean",
        is_argument=True,
        default=False,
        fixed=MADE,
        counts=True,
    ),
    Setting(
        "append_row_vectors",
        "arrays with more elements than NumPy shows",
        "choice",
        is_argument=True,
        choices=constants.APPEND_ROW_VECTORS,
        default=constants.APPEND_ROW_VECTORS[0],
        fixed=MADE,
        counts=True,
    ),
    Setting(
        "copy_logs_to_parent",
        "copy the logs to the parent",
        "boolean",
        is_argument=True,
        default=constants.COPY_LOGS_TO_PARENT,
        fixed=ONLY,
    ),
    Setting(
        "resource_monitor_interval",
        "interval of the resource monitor",
        "whole number",
        is_argument=True,
        unit=" s",
        default=constants.RESOURCE_MONITOR_INTERVAL,
        values="at least 0 s; 0 is off",
        fixed=ONLY,
    ),
    Setting(
        "profiling_module",
        "profile of the user's code",
        "choice",
        is_argument=True,
        choices=("cProfile", "profile"),
        default_text="off",
        fixed=ONLY,
    ),
)
SETTINGS: Final[Mapping[str, Setting]] = {setting.name: setting for setting in _TABLE}
ARGUMENTS: Final[Mapping[str, Setting]] = {s.name: s for s in _TABLE if s.is_argument}
CHANGEABLE: Final[Mapping[str, Setting]] = {s.name: s for s in _TABLE if not s.fixed}


def page() -> list[str]:
    """The table as lines of Markdown."""
    rows = [
        "| Setting | Attribute (YAML, Python) | Argument | Values | Default |",
        "|---|---|---|---|---|",
    ]
    for setting in _TABLE:
        attribute = f"`{setting.attribute}`" if setting.attribute else ""
        argument = f"`{setting.flag}`" if setting.is_argument else ""
        cells = (setting.what, attribute, argument, _values(setting), _default(setting))
        rows.append("| " + " | ".join(cells).replace("|  |", "| |") + " |")
    return rows


def _values(setting: Setting) -> str:
    if setting.values:
        return setting.values
    if setting.kind == "boolean":
        return "`True`, `False`"
    if setting.kind == "file name":
        return "a file name without a folder"
    if setting.kind == "choice":
        return ", ".join(f"`{choice}`" for choice in setting.choices)
    if setting.high is None:
        return f"at least {setting.low}{setting.unit}"
    return f"{setting.low} to {setting.high}{setting.unit}"


def _default(setting: Setting) -> str:
    if setting.default_text or setting.default is None:
        return setting.default_text
    is_word = isinstance(setting.default, str | bool)
    return f"`{setting.default}`" if is_word else f"{setting.default}{setting.unit}"
