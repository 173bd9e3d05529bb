"""The knobs of a parallel step, decided: the step's attribute, its argument, or the default.

Every knob is range-checked and its origin noted, so that a plan can say where a value comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, cast

from parallelsdk import constants
from parallelsdk._units import ByteSize, parse_mini_batch_size
from parallelsdk.planning.arguments import Arguments
from parallelsdk.planning.plan import RunSettings
from parallelsdk.planning.problems import Problems
from parallelsdk.rules.settings import SETTINGS

SettingValue = int | float | str | list[str] | None
DtypeBackend = Literal["numpy", "numpy_nullable", "pyarrow"]
_FILE_TYPES = (constants.AssetTypes.URI_FILE, constants.AssetTypes.URI_FOLDER)


class SettingsReader:
    """Reads the settings of one step; what cannot be used is noted and replaced by the default.

    ``setting`` gives a setting by its dotted name, ``fill`` replaces placeholders in a text (None:
    it could not, and has said so).
    """

    def __init__(
        self,
        setting: Callable[[str], SettingValue],
        arguments: Arguments,
        *,
        fill: Callable[[str, str], str | None],
        path: str,
        problems: Problems,
    ) -> None:
        self._setting = setting
        self._arguments = arguments
        self._fill = fill
        self._path = path
        self._problems = problems
        self._origins: dict[str, str] = {}

    def instances(self, cpu_count: int) -> tuple[int, int]:
        """The number of instances, and of slots on each: the cores shared out when unset."""
        count = self._whole("instance_count")
        name = "max_concurrency_per_instance"
        slots = self._whole(name, max(1, cpu_count // count))
        if self._origins[name] == "default":
            self._origins[name] = "derived"
        return count, slots

    def timeout(self, name: str) -> int | None:
        """A time-out that may be unset, in seconds."""
        return None if self._setting(name) is None else self._whole("timeout", written=name)

    def run_settings(self, major_type: str) -> RunSettings:
        """All knobs but the number of instances and slots; ask :meth:`instances` first."""
        max_retries, timeout = self._whole("max_retries"), self._whole("timeout")
        overhead = self._knob("task_overhead_timeout")
        derived = progress_timeout(max_retries, timeout, overhead)
        error_threshold = self._error_threshold()
        size, has_unit = self._mini_batch_size(major_type)
        return RunSettings(
            mini_batch_size=size,
            size_has_unit=has_unit,
            partition_keys=self._partition_keys(),
            mini_batch_error_threshold=self._whole("mini_batch_error_threshold"),
            error_threshold=error_threshold,
            allowed_failed_percent=self._knob("allowed_failed_percent"),
            max_retries=max_retries,
            timeout=timeout,
            task_overhead_timeout=overhead,
            progress_update_timeout=self._knob("progress_update_timeout", derived, "derived"),
            first_task_creation_timeout=self._knob("first_task_creation_timeout"),
            resource_monitor_interval=self._knob("resource_monitor_interval"),
            logging_level=self._logging_level(),
            copy_logs_to_parent=self._knob("copy_logs_to_parent"),
            append_row_file_name=self._knob("append_row_file_name"),
            append_row_dataframe_header=self._knob("append_row_dataframe_header"),
            append_row_vectors=self._knob("append_row_vectors"),
            short_return=self._short_return(),
            profiling_module=self._knob("profiling_module"),
            mini_batch_rows=self._knob("mini_batch_rows", 0),
            mini_batch_bytes=self._knob("mini_batch_bytes", 0),
            dtype_backend=cast(DtypeBackend, self._knob("dtype_backend")),
            origins=dict(self._origins),
        )

    def _short_return(self) -> Literal["item", "mini_batch"]:
        """The policy, if one is given.

        ``auto`` takes it from the threshold on items, which says that single items may fail without
        their mini-batch; and with partition keys, where one result for each group is what code
        returns, it counts items.
        """
        policy = self._knob("short_return", origin="derived")
        if policy != "auto":
            return cast(Literal["item", "mini_batch"], policy)
        self._origins["short_return"] = "derived"
        counts = (
            self._origins["error_threshold"] != "default"
            or self._origins.get("partition_keys", "default") != "default"
        )
        return "item" if counts else "mini_batch"

    def _knob(self, name: str, default: Any = None, origin: str = "default") -> Any:
        """A knob that is only written among the arguments; checked when they were read.

        Without another ``default`` that of the table.
        """
        if name not in self._arguments.knobs:
            self._origins[name] = origin
            return SETTINGS[name].default if default is None else default
        self._origins[name] = "argument"
        return self._arguments.knobs[name]

    def _error_threshold(self) -> int:
        """The one knob that has an attribute and an argument; the argument wins."""
        name = "error_threshold"
        value = self._whole(name)
        argument = self._arguments.knobs.get(name)
        if argument is None:
            return value
        if self._origins[name] == "attribute" and argument != value:
            self._problems.warn(
                f"{self._path}.{name}",
                f"is {value}, but program_arguments say --error_threshold {argument}, which counts",
            )
        self._origins[name] = "argument"
        return cast(int, argument)

    def _whole(self, name: str, default: int | None = None, *, written: str = "") -> int:
        """The value of a setting that takes a whole number, by default that of the table."""
        setting = SETTINGS[name]
        written = written or setting.attribute
        fallback = default if default is not None else cast(int, setting.default)
        value = self._value(written)
        self._origins[name] = "default" if value is None else "attribute"
        if value is None:
            return fallback
        number = setting.read(value)
        if number is None:
            self._problems.add(
                f"{self._path}.{written}", f"is {value!r}; it must be {setting.allowed}"
            )
            return fallback
        return cast(int, number)

    def _mini_batch_size(self, major_type: str) -> tuple[int, bool]:
        """Files or bytes, and whether a unit says bytes; 0 lets the data decide, which know whether
        they are files or a table.
        """
        name = "mini_batch_size"
        value = self._value(name)
        self._origins[name] = "default" if value in (None, 0, "0") else "attribute"
        if value is None:
            return 0, False
        path = f"{self._path}.{name}"
        try:
            if not isinstance(value, str | int):
                raise ValueError(f"{value!r} is neither a number nor a text such as '10kb'")
            size = parse_mini_batch_size(value)
        except ValueError as error:
            self._problems.add(path, str(error))
            return 0, False
        has_unit = isinstance(size, ByteSize)
        if isinstance(size, ByteSize) and major_type in _FILE_TYPES:
            self._problems.warn(
                path,
                f"is {size.written}, and the major input is files: a mini-batch is as many of them "
                "as hold that. On Azure it would be a number of files",
            )
        return int(size), has_unit

    def _partition_keys(self) -> tuple[str, ...]:
        name = "partition_keys"
        value = self._setting(name)
        self._origins[name] = "attribute" if value else "default"
        if not value:
            return ()
        keys = value if isinstance(value, list) else [value]
        texts = [key for key in keys if isinstance(key, str) and key.strip()]
        if len(texts) < len(keys) or len(set(texts)) < len(texts) or not isinstance(value, list):
            self._problems.add(
                f"{self._path}.{name}", f"is {value!r}; it must be a list of different column names"
            )
        return tuple(texts)

    def _logging_level(self) -> str:
        name = "logging_level"
        setting, value = SETTINGS[name], self._value(name)
        self._origins[name] = "default" if value is None else "attribute"
        if value is not None and setting.read(value) is None:
            self._problems.add(
                f"{self._path}.{name}", f"is {value!r}; it must be {setting.allowed}"
            )
            value = None
        return str(setting.default if value is None else value)

    def _value(self, written: str) -> SettingValue:
        """The setting with its placeholders filled; None when unset, or refused and reported."""
        value = self._setting(written)
        if isinstance(value, str):
            return self._fill(value, f"{self._path}.{written}")
        return value


def progress_timeout(max_retries: int, timeout: int, overhead: int) -> int:
    """The time-out without progress that follows from the other settings, in seconds."""
    needed = (1 + max_retries) * timeout + overhead
    return max(constants.PROGRESS_UPDATE_TIMEOUT_FLOOR, needed)
