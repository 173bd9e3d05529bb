"""``MLClient.jobs``: submit, follow, cancel, read and download jobs."""

from __future__ import annotations

import builtins
import dataclasses
import os
import warnings
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from parallelsdk._warning import warn_caller
from parallelsdk.client.cancellation import begin_cancel
from parallelsdk.client.checking import check_job
from parallelsdk.client.download import Copy, copies_of, copy_all
from parallelsdk.client.failures import failures_of
from parallelsdk.client.housekeeping import Pruned, delete_job, prunable, remove_jobs
from parallelsdk.client.keywords import warn_unheeded
from parallelsdk.client.listing import is_shown
from parallelsdk.client.lookup import find_job, find_step
from parallelsdk.client.outputs import NamedOutput, named, outputs_of
from parallelsdk.client.plain_text import printable
from parallelsdk.client.poller import Poller, over
from parallelsdk.client.step_job import StepJob
from parallelsdk.client.streaming import PlainLines, failure_lines, follow, short_cause
from parallelsdk.client.submission import submit
from parallelsdk.client.submittable import submittable
from parallelsdk.constants import JobStatus, ListViewType
from parallelsdk.entities._base_job import Job
from parallelsdk.entities._checks import check_labels
from parallelsdk.entities._fields import expect_mapping
from parallelsdk.entities._findings import Findings
from parallelsdk.entities._job import PipelineJob
from parallelsdk.entities._loading import load_job
from parallelsdk.entities._system_data import JobService, SystemData
from parallelsdk.entities._validation_result import ValidationResult
from parallelsdk.exceptions import ErrorCategory, ErrorTarget, JobException, MlException
from parallelsdk.jobstore.events import EventLog
from parallelsdk.jobstore.layout import JobFolder, Workspace
from parallelsdk.jobstore.metric_log import with_metrics
from parallelsdk.jobstore.records import JobRecord
from parallelsdk.jobstore.store import list_jobs, read_job
from parallelsdk.rules.names import did_you_mean
from parallelsdk.rules.paths import path_given
from parallelsdk.runtime.relaunch import Relaunch, resume, retry_failed
from parallelsdk.storage.uri import is_local, local_path


class JobOperations:
    """What ``MLClient.jobs`` offers, over the jobs of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def create_or_update(
        self,
        job: Job,
        *,
        description: str | None = None,
        compute: str | None = None,
        tags: Mapping[str, str] | None = None,
        experiment_name: str | None = None,
        skip_validation: bool = False,
        **kwargs: Any,
    ) -> PipelineJob:
        """Start ``job`` in a process of its own, and return it as stored, with name and status.

        A command, or a called pipeline component, becomes a job of its own. The keywords are set on
        the job first. Raises ValidationException that lists every problem
        with its place, and then nothing was started or left behind. ``skip_validation`` leaves out
        the checks of what is written; a job that cannot be planned, or whose data or code are not
        there, is refused all the same.
        """
        warn_unheeded(self.create_or_update, kwargs)
        ready = submittable(job)
        given = {
            "description": description,
            "compute": compute,
            "tags": None if tags is None else expect_mapping(tags, "tags"),
            "experiment_name": experiment_name,
        }
        for name, value in given.items():
            if value is not None:
                setattr(ready, name, value)
        folder = submit(self._workspace, ready, skip_validation=skip_validation)
        for warning in read_job(folder).warnings:
            warn_caller(warning)
        return self._job(folder.name)

    def validate(
        self, job: Job, *, raise_on_failure: bool = False, **kwargs: Any
    ) -> ValidationResult:
        """What ``create_or_update`` would refuse ``job`` for, data and entry scripts included."""
        warn_unheeded(self.validate, kwargs)
        result = check_job(self._workspace, submittable(job))
        if raise_on_failure:
            result.try_raise()
        return result

    def get(self, name: str) -> Any:
        """The job as it was submitted, a PipelineJob, with its present status, and in ``metrics``
        what its steps logged to it; of a step, by the name that ``list`` gives it, its StepJob.

        A JobException that is a ResourceNotFoundError when there is none.
        """
        return self._step(name) or self._job(name)

    def _job(self, name: str) -> PipelineJob:
        folder = find_job(self._workspace, name)
        record = with_metrics(folder, read_job(folder))
        job = _stored(folder, record)
        job.metrics = record.metrics
        job.steps = [StepJob.of(step, record, folder) for step in record.steps]
        job.reads_failures(lambda: failures_of(folder, record))
        if record.status != JobStatus.UNKNOWN:
            for output in outputs_of(folder, record).results:
                if output.name in job.outputs:
                    job.outputs[output.name].written = output.path
        return job

    def list(
        self,
        *,
        parent_job_name: str | None = None,
        list_view_type: str = ListViewType.ACTIVE_ONLY,
        **kwargs: Any,
    ) -> Iterator[PipelineJob | StepJob]:
        """The jobs of the workspace, the newest first; with ``parent_job_name`` the steps of that
        job.

        A job whose folder is damaged is listed as Unknown.
        """
        warn_unheeded(self.list, kwargs)
        if parent_job_name is not None:
            folder = find_job(self._workspace, parent_job_name)
            record = with_metrics(folder, read_job(folder))
            return iter([StepJob.of(step, record, folder) for step in record.steps])
        shown = (r for r in list_jobs(self._workspace) if is_shown(r.archived, list_view_type))
        return (_listed(self._workspace.job(record.name), record) for record in shown)

    def _step(self, name: str) -> StepJob | None:
        """The step of that name, unless a job has it."""
        if self._workspace.job(name).path.is_dir():
            return None
        place = find_step(self._workspace, name)
        if place is None:
            return None
        folder, step = place
        record = with_metrics(folder, read_job(folder))
        return StepJob.of(record.step(step), record, folder)

    def begin_cancel(self, name: str, **kwargs: Any) -> Poller[None]:
        """Cancel a job; the answer's ``result()`` waits until it has ended.

        A hanging ``run()`` is killed. To a job that has ended nothing happens.
        """
        warn_unheeded(self.begin_cancel, kwargs)
        return begin_cancel(find_job(self._workspace, name))

    def resume(
        self,
        name: str,
        *,
        settings: Mapping[str, Any] | None = None,
        accept_changes: bool = False,
        new_code: bool = False,
    ) -> bool:
        """Start a job again on what is left of it, after whatever ended it; returns at once.

        Committed mini-batches stay; failed ones are tried anew. ``settings`` changes thresholds,
        ``max_retries`` and time-outs of steps: ``{"score.mini_batch_error_threshold": 5}``. Raises
        ValidationException for anything else. A job whose committed results were made from input
        files that have changed since fails, unless ``accept_changes`` says to make them again.
        The code is that of the submission, and a UserWarning says where it has changed since;
        ``new_code`` takes it as it is now for the steps that have not completed.
        False when the job runs or has completed: then nothing happens.
        """
        done = resume(
            find_job(self._workspace, name),
            settings=None if settings is None else expect_mapping(settings, "settings"),
            accept_changes=accept_changes,
            new_code=new_code,
        )
        _warn(done)
        return done.started

    def retry_failed(self, name: str, *, new_code: bool = False) -> builtins.list[str]:
        """Run the failed mini-batches of a completed job again; returns at once.

        Gives the names of the steps that run again: those with failures, and all that take in
        their outputs. ``new_code``: see ``resume``. JobException unless the job has completed.
        """
        done = retry_failed(find_job(self._workspace, name), new_code=new_code)
        _warn(done)
        return builtins.list(done.steps)

    def delete(self, name: str, *, force: bool = False) -> None:
        """Remove a job and all that lies in its folder; what it delivered elsewhere stays.

        Raises JobException while it runs, and unless ``force`` when registered assets lie in it.
        """
        delete_job(find_job(self._workspace, name), force=force)

    def begin_delete(self, name: str, **kwargs: Any) -> Poller[None]:
        """What ``delete`` does, under Azure's name."""
        warn_unheeded(self.begin_delete, kwargs)
        self.delete(name)
        return over(None)

    def prune(
        self,
        *,
        older_than: timedelta | None = None,
        keep: int | None = None,
        dry_run: bool = False,
    ) -> Pruned:
        """Remove the jobs that have ended beyond the ``keep`` newest, and ``older_than`` ago.

        Left are jobs that run and those in which registered assets lie. ``dry_run`` only tells
        their names.
        """
        names = prunable(self._workspace, older_than=older_than, keep=keep)
        return Pruned(names, 0) if dry_run else remove_jobs(self._workspace, names)

    def archive(self, name: str) -> None:
        """Hide a job in lists. It can still be read and downloaded."""
        self._note(name, "job_archived")

    def restore(self, name: str) -> None:
        """Show an archived job in lists again."""
        self._note(name, "job_restored")

    def update(
        self,
        name: str,
        *,
        display_name: str | None = None,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> PipelineJob:
        """Change what describes a job, running or not; what is not given stays."""
        given = {
            "display_name": display_name,
            "description": description,
            "tags": None if tags is None else expect_mapping(tags, "tags"),
            "properties": None if properties is None else expect_mapping(properties, "properties"),
        }
        changes = {key: value for key, value in given.items() if value is not None}
        findings = Findings()
        check_labels(changes, "", findings)
        ValidationResult.of(findings.errors, {}, lambda path: "").try_raise()
        if changes:
            self._note(name, "job_updated", **changes)
        return self._job(name)

    def _note(self, name: str, event: str, **data: Any) -> None:
        folder = find_job(self._workspace, name)
        read_job(folder)  # nothing is written to a damaged log
        EventLog(folder.events).append(event, **data)

    def show_services(self, name: str, node_index: int = 0) -> dict[str, JobService]:
        """Where a job, or a step of one, can be looked at; there is one node, this machine."""
        services: dict[str, JobService] | None = self.get(name).services
        return services or {}

    def stream(self, name: str) -> None:
        """Print what happens in the job until it has ended.

        Raises JobException, naming the cause and the log to open, when the job did not complete.
        Ctrl-C stops the printing alone and says so; KeyboardInterrupt goes on to the caller.
        """
        folder = find_job(self._workspace, name)
        frame = f"RunId: {name}\nFolder: {printable(str(folder.path))}"
        print(f"{frame}\n", flush=True)
        lines = PlainLines()
        try:
            for record in follow(folder):
                for line in lines.lines(record):
                    print(printable(line), flush=True)
        except KeyboardInterrupt:
            print(f"\nStopped watching; the job {printable(name)} runs on.", flush=True)
            raise
        print(f"\nExecution Summary\n=================\n{frame}\n", flush=True)
        raise_if_failed(record, folder)

    def download(
        self,
        name: str,
        *,
        download_path: str | os.PathLike[str] = ".",
        output_name: str | None = None,
        all: bool = False,
    ) -> None:
        """Copy the logs, an output, or both with ``all``, of a job that has ended.

        Logs go to ``artifacts/``, outputs to ``named-outputs/<output>/`` below ``download_path``.
        What passes between steps is called ``step.output``. Raises JobException when the job has
        not ended, has no such output, or a file would be replaced; then nothing was written.
        """
        goal = path_given(download_path, "download_path")
        child = self._step(name)
        folder = find_job(self._workspace, name if child is None else child.parent_job_name)
        record = read_job(folder)
        if not record.ended:
            raise _refusal(
                f'The job "{name}" is {record.status}; only a job that has ended can be '
                f"downloaded. Wait for it with jobs.stream({name!r})."
            )
        copies: list[Copy] = []
        if child is not None:
            copies += _copies_of_step(child, folder, record, output_name, everything=all)
        elif output_name is not None:
            copies += _output_copies(_named(output_name, folder, record))
        elif all:
            for output in outputs_of(folder, record).results:
                if output.path is not None and is_local(output.path):
                    copies += _output_copies(output)
        if child is None and (all or output_name is None):
            copies += _log_copies(folder)
        copy_all(copies, goal)


def raise_if_failed(record: JobRecord, folder: JobFolder) -> None:
    """Raise JobException unless the job completed: the cause first, then the log to open."""
    if record.status == JobStatus.COMPLETED:
        return
    told = record.error or f"it ended as {record.status} without saying why"
    lines = failure_lines(record)
    cause = short_cause(record) if lines else told
    log = record.log or str(folder.driver_log)
    raise JobException(
        "\n".join(
            [
                f'The job "{record.name}" is {record.status}: {printable(cause)}',
                *map(printable, lines),
                f"Open {printable(log)} for the details.",
            ]
        ),
        target=ErrorTarget.JOB,
    )


def _warn(done: Relaunch) -> None:
    """Tell the caller of ``jobs``, two frames up, what the job's record has, too."""
    for message in done.warnings:
        warnings.warn(message, stacklevel=3)


def _stored(folder: JobFolder, record: JobRecord) -> PipelineJob:
    """The job that was submitted, read back, with what the workspace knows of it."""
    job = submittable(load_job(folder.job_yml))
    job.name = record.name
    job.status = record.status
    job.display_name = job.display_name or record.display_name
    for label, value in record.changed.items():
        setattr(job, label, value)
    job.experiment_name = record.experiment_name
    job.id = str(folder.path)
    job.studio_url = folder.path.as_uri()
    job.services = {"Studio": JobService(endpoint=job.studio_url)}
    job.creation_context = SystemData.of(record.created)
    return job


def _listed(folder: JobFolder, record: JobRecord) -> PipelineJob:
    """The stored job, or what is known of one that cannot be read back."""
    try:
        return _stored(folder, record)
    except (MlException, OSError):
        job = PipelineJob(name=record.name, display_name=record.display_name)
        job.status = JobStatus.UNKNOWN
        job.id = str(folder.path)
        return job


def _named(output_name: str, folder: JobFolder, record: JobRecord) -> NamedOutput:
    outputs = outputs_of(folder, record).everything
    output = named(outputs, output_name)
    if output is None:
        names = ", ".join(output.name for output in outputs) or "none"
        raise _refusal(
            f'The job "{record.name}" has no output called "{output_name}". Its outputs: {names}.'
        )
    if output.path is None:
        raise _refusal(
            f'The output "{output_name}" was not written: the step "{output.step}" did not '
            "complete."
        )
    return output


def _output_copies(output: NamedOutput) -> Iterator[Copy]:
    assert output.path is not None
    if not is_local(output.path):
        raise _refusal(
            f'The output "{output.name}" lies at {output.path}, where the pipeline put it; '
            "fetch it from there."
        )
    path = local_path(output.path)
    if not os.path.exists(path):
        raise _refusal(f'The output "{output.name}" is gone from {path}.')
    yield from copies_of(path, os.path.join("named-outputs", output.name))


def _copies_of_step(
    child: StepJob,
    folder: JobFolder,
    record: JobRecord,
    output_name: str | None,
    *,
    everything: bool,
) -> Iterator[Copy]:
    """The logs, an output, or both, of one step, its outputs by their own names."""
    if output_name is not None and output_name not in child.outputs:
        raise _refusal(
            f'The step "{child.step}" of the job "{record.name}" has written no output called '
            f'"{output_name}"{did_you_mean(output_name, child.outputs)}.'
        )
    for output in outputs_of(folder, record).everything:
        wanted = output.output == output_name or (everything and output_name is None)
        if wanted and output.step == child.step and output.path is not None:
            yield from _output_copies(dataclasses.replace(output, name=output.output))
    logs = folder.step(child.step).logs
    if (everything or output_name is None) and logs.is_dir():
        yield from copies_of(str(logs), os.path.join("artifacts", "logs"))


def _log_copies(folder: JobFolder) -> Iterator[Copy]:
    yield from copies_of(str(folder.logs), os.path.join("artifacts", "logs"))
    for step in sorted(folder.steps.iterdir()) if folder.steps.is_dir() else ():
        logs = folder.step(step.name).logs
        if logs.is_dir():
            yield from copies_of(str(logs), os.path.join("artifacts", "steps", step.name, "logs"))


def _refusal(message: str) -> JobException:
    return JobException(message, target=ErrorTarget.JOB, error_category=ErrorCategory.USER_ERROR)
