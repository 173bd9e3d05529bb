"""The plan: what a job will do, with everything decided.

Frozen, serialisable, free of expressions and options. The writing wing ends where a plan begins;
the running wing reads plans and nothing else. Paths are absolute, sizes are bytes, times are
seconds. A plan is read by later releases, so a new field needs a default, and a step's ``kind`` is
what tells it from others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from parallelsdk._codec import StoredPath, decode, encode


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in a command or an argument that the delivered path or literal of a port fills."""

    kind: Literal["inputs", "outputs"]
    name: str


@dataclass(frozen=True, slots=True)
class Word:
    """One shell word, or a whole command line: text and references in order."""

    parts: tuple[str | Reference, ...]


@dataclass(frozen=True, slots=True)
class InputPlan:
    """One input of a step: a literal, or data at a URI, or (neither) an optional one left out."""

    name: str
    type: str
    mode: str | None = None
    literal: str | None = None  # the text that a command or argument receives
    uri: StoredPath | None = None  # an absolute local path or a URL
    producer: str | None = None  # the step whose output this is
    optional: bool = False  # the step can do without it; ``omission`` says how


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """One output of a step: where it writes, and where the result goes at the end."""

    name: str
    type: str
    mode: str
    path: StoredPath  # inside the job folder; a file for uri_file, else a folder
    destination: StoredPath | None = None  # an absolute path or a URL that the author chose
    asset: str | None = None  # the name under which what was written is registered
    version: str | None = None  # of that asset; None: the next one


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The knobs of a parallel step, all decided. ``origins`` tells where each value comes from."""

    mini_batch_size: int  # files of a file list, bytes of a table
    partition_keys: tuple[str, ...]
    mini_batch_error_threshold: int
    error_threshold: int
    allowed_failed_percent: int
    max_retries: int
    timeout: int
    task_overhead_timeout: int
    progress_update_timeout: int
    first_task_creation_timeout: int
    resource_monitor_interval: int
    logging_level: str
    copy_logs_to_parent: bool
    append_row_file_name: str
    append_row_dataframe_header: bool
    short_return: Literal["item", "mini_batch"]  # what a return shorter than its input fails
    profiling_module: str | None = None  # cProfile or profile: each worker leaves a profile
    mini_batch_rows: int = 0  # of a table; counts instead of the size, 0: it does not
    mini_batch_bytes: int = 0  # of files of a list, in sum; counts instead of the size, 0: no
    dtype_backend: Literal["numpy", "numpy_nullable", "pyarrow"] = "numpy"  # of DataFrames
    append_row_vectors: Literal["full", "error"] = "full"  # where NumPy's text leaves elements out
    size_has_unit: bool = False  # mini_batch_size is in bytes, of a list of files, too
    origins: Mapping[str, str] = field(
        default_factory=dict
    )  # knob -> attribute|argument|default|derived|resume


@dataclass(frozen=True, slots=True)
class CommandPlan:
    """A step that runs one shell line."""

    name: str
    inputs: tuple[InputPlan, ...]
    outputs: tuple[OutputPlan, ...]
    after: tuple[str, ...]  # steps that must have completed, but for makers of optional inputs
    command: Word
    code: StoredPath | None  # the snapshot of the code folder; None runs in an empty folder
    environment_variables: Mapping[str, str]
    timeout: int | None
    display_name: str | None = None
    is_deterministic: bool = True  # equal inputs give equal outputs, so the step may be reused
    text: str = ""  # what ``command`` was read from
    code_source: StoredPath | None = None  # where ``code`` was copied from; no part of what it is
    code_includes: tuple[StoredPath, ...] = ()  # and what came beside it from elsewhere
    kind: Literal["command"] = "command"


@dataclass(frozen=True, slots=True)
class ParallelPlan:
    """A step that splits its major input and runs an entry script over the mini-batches."""

    name: str
    inputs: tuple[InputPlan, ...]
    outputs: tuple[OutputPlan, ...]
    after: tuple[str, ...]
    major_input: str
    code: StoredPath  # the snapshot of the code folder
    entry_script: str  # as written: a path below code, or a dotted module name
    arguments: tuple[Word, ...]
    append_row_to: str | None  # the name of an output
    instance_count: int
    slots_per_instance: int
    backend: str
    settings: RunSettings
    environment_variables: Mapping[str, str]
    display_name: str | None = None
    is_deterministic: bool = True
    text: str = ""  # what ``arguments`` was read from
    code_source: StoredPath | None = None  # where ``code`` was copied from; no part of what it is
    code_includes: tuple[StoredPath, ...] = ()  # a command's alone
    kind: Literal["parallel"] = "parallel"


StepPlan = CommandPlan | ParallelPlan
# From a code folder, and what comes beside it from elsewhere, to their snapshot.
Codes = Mapping[tuple[str | None, tuple[str, ...]], str]


@dataclass(frozen=True, slots=True)
class JobOutputPlan:
    """One output of the job: the step's output that it is."""

    name: str
    step: str
    output: str


@dataclass(frozen=True, slots=True)
class PipelinePlan:
    """A whole job. ``steps`` stand in an order in which they could run one after another."""

    name: str
    display_name: str
    experiment_name: str
    steps: tuple[StepPlan, ...]
    outputs: tuple[JobOutputPlan, ...]
    continue_on_step_failure: bool
    warnings: tuple[str, ...] = ()
    force_rerun: bool = False  # True: no step is reused, now or later

    def step(self, name: str) -> StepPlan:
        """The step of that name."""
        return next(step for step in self.steps if step.name == name)

    def to_json(self) -> str:
        """JSON text; paths that are no valid UTF-8 survive as escaped surrogates."""
        return json.dumps(encode(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> PipelinePlan:
        """The plan that ``to_json`` wrote; ValueError on anything else."""
        return decode(cls, json.loads(text))
