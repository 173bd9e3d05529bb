"""What cases share: files that they write into their folder, and ready components."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any, TypeVar

C = TypeVar("C", bound=Callable[..., Any])

CONDA = """\
name: kit
channels: [conda-forge]
dependencies:
  - python=3.11
  - pip:
      - pandas
"""

ENTRY = """\
def run(mini_batch):
    return [str(item) for item in mini_batch]
"""

COMMAND = """\
type: command
name: prepare
version: 3
display_name: Prepare it
inputs:
  source: {type: uri_folder}
  count: {type: integer, default: 3, optional: true}
outputs:
  files: {type: mltable}
  table: {type: uri_file}
command: >-
  echo ${{inputs.source}} $[[--count ${{inputs.count}}]] ${{outputs.files}} ${{outputs.table}}
environment: azureml:kit-env:3
"""

PARALLEL = """\
type: parallel
name: score
display_name: Score it
inputs:
  data: {type: mltable}
  label: {type: string, optional: true}
outputs:
  result: {type: uri_file}
resources: {instance_count: 2}
input_data: ${{inputs.data}}
mini_batch_size: "5"
max_concurrency_per_instance: 2
error_threshold: 4
mini_batch_error_threshold: 3
logging_level: DEBUG
retry_settings: {max_retries: 1, timeout: 30}
task:
  type: run_function
  code: ./src
  entry_script: entry.py
  program_arguments: --label ${{inputs.label}}
  append_row_to: ${{outputs.result}}
  environment: azureml:kit-env:3
"""


def finds(*paths: str) -> Callable[[C], C]:
    """Mark a case: validation of ours reports these paths, which the reference lets pass."""

    def mark(case: C) -> C:
        case.finds = paths  # type: ignore[attr-defined]
        return case

    return mark


def attempt(action: Callable[[], Any]) -> Any:
    """What ``action`` returns, or the exception that it raises."""
    try:
        return action()
    except Exception as error:
        return error


def write(folder: Path, name: str, text: str) -> str:
    """Write ``text`` into ``folder / name``; the path as text."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
    return str(path)


def write_code(folder: Path) -> str:
    """A code folder ``./src`` with an ``entry.py``; as it is named in a case."""
    write(folder, "src/entry.py", ENTRY)
    return "./src"


def parallel_function(folder: Path, **settings: Any) -> Any:
    """A parallel function over ``data`` with the output ``result``; ``settings`` come on top."""
    from sdk import Input, Output
    from sdk.parallel import RunFunction, parallel_run_function

    task = RunFunction(
        code=write_code(folder),
        entry_script="entry.py",
        program_arguments="--label x",
        append_row_to="${{outputs.result}}",
        environment="azureml:kit-env:3",
    )
    given = {
        "inputs": {"data": Input(type="uri_folder")},
        "outputs": {"result": Output(type="uri_file")},
        "input_data": "${{inputs.data}}",
        "task": task,
    }
    return parallel_run_function(**{**given, **settings})


def command_function(**settings: Any) -> Any:
    """A command function from ``source`` to ``files``; ``settings`` come on top."""
    from sdk import Input, Output, command

    given = {
        "inputs": {"source": Input(type="uri_folder")},
        "outputs": {"files": Output(type="uri_folder")},
        "command": "cp -r ${{inputs.source}} ${{outputs.files}}",
        "environment": "azureml:kit-env:3",
    }
    return command(**{**given, **settings})


def data(path: str = "./data", **fields: Any) -> Any:
    """An Input that gives the folder ``./data``."""
    from sdk import Input

    return Input(**{"type": "uri_folder", "path": path, **fields})
