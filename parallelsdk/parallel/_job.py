"""``ParallelJob``: the settings of a parallel job in one object, as Azure has it.

A plain holder: a parallel job runs only as a step of a pipeline.
"""

from __future__ import annotations

from typing import Any, ClassVar

from parallelsdk.constants import JobType
from parallelsdk.entities._fields import Checked, refer
from parallelsdk.entities._rules import anything
from parallelsdk.exceptions import ErrorTarget, ValidationException


class ParallelJob(Checked):
    """Keeps what it is given, unparsed; ``_to_dict()`` prints it."""

    keeps_unknown = True
    type: ClassVar[str] = JobType.PARALLEL

    name = anything()
    display_name = anything()
    description = anything()
    experiment_name = anything()
    tags = anything()
    properties = anything()
    compute = anything()
    identity = anything()
    inputs = anything()
    outputs = anything()
    resources = anything()
    task = anything()
    input_data = anything()
    mini_batch_size = anything()
    partition_keys = anything()
    retry_settings = anything()
    logging_level = anything()
    max_concurrency_per_instance = anything()
    error_threshold = anything()
    mini_batch_error_threshold = anything()
    environment_variables = anything()

    def _to_dict(self) -> dict[str, Any]:
        found = {"type": self.type, **super()._to_dict()}
        if "compute" in found:
            found["compute"] = refer(found["compute"])
        return found

    def _validate(self) -> None:
        """Raise ValidationException when the name, the compute or the task is missing."""
        for name in ("name", "compute", "task"):
            if getattr(self, name) is None:
                raise ValidationException(f"ParallelJob.{name}: is missing", target=ErrorTarget.JOB)
