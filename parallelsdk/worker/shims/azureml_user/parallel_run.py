"""Stand-in for ``azureml_user.parallel_run``, which no package index has."""

from parallelsdk.worker.place import EntryScript

__all__ = ["EntryScript"]
