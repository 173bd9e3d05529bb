"""``azureml.core.Run`` where Azure's package is not installed: an offline run with a memory.

In a process of a step, children included, what is logged goes to the step's metrics, and to the
job's through ``parent``; elsewhere it is printed. Imports nothing beyond the standard library, so
that commands in other environments can use it as well.
"""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final, NoReturn, Self

from parallelsdk.jobstore.layout import StepFolder
from parallelsdk.jobstore.metric_log import STEP_VARIABLE, append_metric, read_metrics
from parallelsdk.jobstore.metrics import Kind, Scope
from parallelsdk.worker.azureml_absent import OF_RUN, Experiment, unavailable
from parallelsdk.worker.azureml_files import Source, UploadedFiles
from parallelsdk.worker.azureml_values import plain, plain_columns

_INPUT: Final = "AZURE_ML_INPUT_"
_LONGEST_NAME: Final = 255


class _RunType(type):
    """Attributes of the class ``Run`` itself that only Azure's service could answer."""

    def __getattr__(cls, name: str) -> NoReturn:
        if name in OF_RUN:
            unavailable(f"Run.{name}", OF_RUN[name])
        raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")


class Run(metaclass=_RunType):
    """The run that this process belongs to. Made by ``get_context``, not by its name."""

    def __init__(self, scope: Scope = "step", prefix: str = "") -> None:
        folder = os.environ.get(STEP_VARIABLE)
        self._folder = StepFolder(Path(folder)) if folder else None
        self._files = UploadedFiles(self._folder.logs if self._folder else None)
        self._scope: Scope = scope
        self._prefix = prefix
        self._tags: dict[str, str] = {}
        self._properties: dict[str, str] = {}
        self._offline = f"OfflineRun_{uuid.uuid4()}"

    @classmethod
    def get_context(cls, allow_offline: bool = True, **kwargs: Any) -> Run:
        """The run of this process; in no job an offline one, which prints what it is told."""
        if not allow_offline and STEP_VARIABLE not in os.environ:
            raise RuntimeError("This process belongs to no job, and allow_offline is False.")
        return _OfflineRun()

    # ---- what it is

    @property
    def id(self) -> str:
        """The step's run id, or the job's name for the parent."""
        if self._folder is None:
            return self._offline
        if self._scope == "job":
            return os.environ.get("AZUREML_ROOT_RUN_ID") or self._folder.path.parent.parent.name
        return os.environ.get("AZUREML_RUN_ID") or self._folder.path.name

    @property
    def name(self) -> str:
        """The name of the step, or of the job."""
        if self._folder is None:
            return self._offline
        path = self._folder.path
        return path.parent.parent.name if self._scope == "job" else path.name

    @property
    def display_name(self) -> str:
        """The same; a script may set another one, which nobody shows."""
        return self._properties.get("display_name", self.name)

    @display_name.setter
    def display_name(self, name: str) -> None:
        self._properties["display_name"] = name

    @property
    def number(self) -> int:
        """Always 1."""
        return 1

    @property
    def type(self) -> str:
        """What kind of run this is."""
        return "azureml.OfflineRun" if self._folder is None else "azureml.StepRun"

    @property
    def status(self) -> str:
        """Whoever asks is running."""
        return "Running"

    def get_status(self) -> str:
        """See ``status``."""
        return self.status

    @property
    def parent(self) -> Run | None:
        """The job, to log to; it has no parent itself."""
        if self._folder is None or self._scope == "job":
            return None
        return _OfflineRun("job")

    @property
    def experiment(self) -> Experiment:
        """The experiment of the job."""
        return Experiment(os.environ.get("AZUREML_EXPERIMENT_NAME", "local"))

    @property
    def input_datasets(self) -> dict[str, str]:
        """Where the inputs of the step have been delivered, by name."""
        return {
            name.removeprefix(_INPUT): value
            for name, value in os.environ.items()
            if name.startswith(_INPUT)
        }

    def get_details(self) -> dict[str, Any]:
        """What is known of the run, under Azure's keys."""
        return {
            "runId": self.id,
            "target": "local",
            "status": self.status,
            "properties": dict(self._properties),
            "inputDatasets": [],
            "logFiles": {},
        }

    # ---- metrics

    def log(self, name: str, value: Any, description: str = "", step: int | None = None) -> None:
        """A single value; logged again under the same name, the last one counts."""
        found = plain(value)
        if isinstance(found, list):
            self.log_list(name, found)
        else:
            self._tell("value", name, found)

    def log_list(self, name: str, value: Iterable[Any], description: str = "") -> None:
        """A list of values: a table of one column."""
        self._tell("table", name, {name: plain(list(value))})

    def log_row(self, name: str, description: str | None = None, **kwargs: Any) -> None:
        """One row of a table, its cells as keywords."""
        self._tell("row", name, {column: plain(value) for column, value in kwargs.items()})

    def log_table(self, name: str, value: Mapping[str, Any], description: str = "") -> None:
        """A table, as a dictionary of columns."""
        self._tell("table", name, plain_columns(value))

    def log_image(
        self, name: str, path: str | None = None, plot: Any = None, description: str = ""
    ) -> None:
        """An image: the file at ``path``, or a figure of matplotlib."""
        saved = path
        if self._folder is not None and path is not None:
            saved = str(self._files.add(f"{name}{Path(path).suffix}", path))
        elif self._folder is not None and plot is not None:
            place = self._files.place(f"{name}.png")
            plot.savefig(place)
            saved = str(place)
        self._tell("value", name, f"image {saved}" if saved else "image")

    def log_accuracy_table(self, name: str, value: Any, description: str = "") -> None:
        """Recorded as it was given."""
        self._tell("value", name, str(plain(value)))

    log_confusion_matrix = log_predictions = log_residuals = log_accuracy_table

    def get_metrics(self, name: str | None = None, **kwargs: Any) -> dict[str, Any]:
        """What was logged so far, by any process: a name's last value, a table's last columns."""
        if self._folder is None:
            return {}
        found = read_metrics(self._folder).of(self._scope)
        metrics: dict[str, Any] = {name: value.last for name, value in found.values.items()}
        for table, rows in found.tables.items():
            columns = dict.fromkeys(column for row in rows.last for column in row)
            metrics[table] = {c: [row.get(c) for row in rows.last] for c in columns}
        return metrics if name is None else {n: v for n, v in metrics.items() if n == name}

    def flush(self, timeout_seconds: float = 300) -> None:
        """Nothing waits: what was logged is written."""

    # ---- tags and properties

    def tag(self, key: str, value: Any = None) -> None:
        """A tag of the run."""
        self.set_tags({key: value})

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Tags of the run."""
        for key, value in tags.items():
            self._tags[str(key)] = str(value)
            self._tell("tag", str(key), str(value))

    def get_tags(self) -> dict[str, str]:
        """The tags that were set in this process, and in a job those of the others, too."""
        known = {} if self._folder is None else read_metrics(self._folder).of(self._scope).tags
        return {**known, **self._tags}

    @property
    def tags(self) -> dict[str, str]:
        """See ``get_tags``."""
        return self.get_tags()

    def add_properties(self, properties: Mapping[str, Any]) -> None:
        """Properties; kept as long as this process."""
        self._properties.update({str(key): str(value) for key, value in properties.items()})

    def get_properties(self) -> dict[str, str]:
        """The properties that were added in this process."""
        return dict(self._properties)

    @property
    def properties(self) -> dict[str, str]:
        """See ``get_properties``."""
        return self.get_properties()

    # ---- files

    def upload_file(self, name: str, path_or_stream: Source) -> None:
        """Keep a copy of the file under ``name``, below ``logs/uploaded`` in the step's folder."""
        if self._folder is None:
            print(f"{name}: {path_or_stream}")
        else:
            self._files.add(name, path_or_stream)

    def upload_files(self, names: Sequence[str], paths: Sequence[str], **kwargs: Any) -> None:
        """The same for several files."""
        for name, path in zip(names, paths, strict=True):
            self.upload_file(name, path)

    def upload_folder(self, name: str, path: str, **kwargs: Any) -> None:
        """The same for all files below a folder."""
        for file in sorted(found for found in Path(path).rglob("*") if found.is_file()):
            self.upload_file(str(PurePosixPath(name) / file.relative_to(path).as_posix()), file)

    def get_file_names(self) -> list[str]:
        """The names of the files that were uploaded in this step."""
        return self._files.names()

    def download_file(self, name: str, output_file_path: str | None = None, **kwargs: Any) -> None:
        """A copy of a file that was uploaded in this step."""
        shutil.copyfile(self._files.place(name), output_file_path or PurePosixPath(name).name)

    # ---- its end, and runs below it

    def child_run(self, name: str | None = None, **kwargs: Any) -> Run:
        """A part of this run: its metrics are this one's, with ``name/`` before their names."""
        return _OfflineRun(self._scope, f"{self._prefix}{name or 'child'}/")

    def start(self) -> None:
        """Nothing to do: it runs."""

    def complete(self) -> None:
        """Nothing to do: the step ends when its code has ended."""

    def cancel(self) -> None:
        """Said on standard error; the code that calls it has to end by itself."""
        print("run.cancel(): a step is cancelled with `parallelsdk job cancel`", file=sys.stderr)

    def fail(self, error_details: Any = None, error_code: Any = None) -> None:
        """Said on standard error; a step fails by the errors that its code raises."""
        print(f"run.fail(): {error_details or error_code or 'no details'}", file=sys.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """An error goes on to the caller."""

    def __getattr__(self, name: str) -> NoReturn:
        if name in OF_RUN:
            unavailable(f"run.{name}", OF_RUN[name])
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _tell(self, kind: Kind, name: str, value: Any) -> None:
        whole = f"{self._prefix}{name}"[:_LONGEST_NAME]
        if self._folder is None:
            print(f"{whole}: {value}")
        else:
            append_metric(self._folder, kind, whole, value, scope=self._scope)


class _OfflineRun(Run):
    """The class of every run here, under the name by which scripts ask whether they are on Azure:
    ``isinstance(run, _OfflineRun)``."""
