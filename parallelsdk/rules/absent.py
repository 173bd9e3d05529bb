"""What Azure has and this does not, by the words that a file or a script uses for it.

One sentence says so everywhere, and points at the page that lists what there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from parallelsdk._lazy import PAGE

# Types of steps and jobs in the schemas of azure-ai-ml 1.35.2.
_TYPES: Final = frozenset(
    {"automl", "base", "base_job", "data_transfer", "distillation", "do_while", "finetuning"}
    | {"if_else", "import", "parallel_for", "spark", "sweep"}
)

# Types of computes there.
COMPUTE_TYPES: Final = (
    *("amlcompute", "computeinstance", "kubernetes", "synapsespark", "virtualmachine"),
    *("local", "dask", "ray"),  # ours
)

# Attributes of azure-ai-ml's MLClient for which there is nothing here.
ABSENT_OF_CLIENT: Final = frozenset(
    {"azure_openai_deployments", "batch_deployments", "batch_endpoints", "capability_hosts"}
    | {"connections", "deployment_templates", "evaluators", "feature_sets", "feature_stores"}
    | {"feature_store_entities", "indexes", "marketplace_subscriptions", "online_deployments"}
    | {"online_endpoints", "registries", "schedules", "serverless_endpoints"}
    | {"workspace_outbound_rules", "workspace_connections"}
)

# The same of what its attributes offer.
ABSENT_OF_OPERATIONS: Final = {
    "ComputeOperations": frozenset(
        {"begin_attach", "begin_delete", "begin_restart", "begin_start", "begin_stop"}
        | {"begin_update", "enable_sso", "list_nodes", "list_sizes", "list_usage"}
    ),
    "DatastoreOperations": frozenset({"create_or_update", "delete", "mount"}),
    "DataOperations": frozenset({"import_data", "list_materialization_status", "mount", "share"}),
    "ModelOperations": frozenset({"package", "share"}),
    "EnvironmentOperations": frozenset({"share"}),
    "ComponentOperations": frozenset({"download", "prepare_for_sign"}),
    "WorkspaceOperations": frozenset(
        {"begin_create", "begin_delete", "begin_diagnose", "begin_provision_network"}
        | {"begin_sync_keys", "begin_update", "get_keys"}
    ),
}


def out_of_scope(what: str) -> str:
    """The sentence about something of Azure's, such as ``"a sweep step"``."""
    return f"{what} is out of scope here; {PAGE} says what there is"


def absent_type(kind: object, what: str) -> str | None:
    """The sentence about a step, component or job of a type that Azure alone has, or None."""
    return out_of_scope(f"a {what} of type {kind!r}") if str(kind) in _TYPES else None


def is_flow(values: Mapping[str, Any]) -> bool:
    """Whether the mapping of a file is a flow of Azure's, which can stand as a component there."""
    return "flow" in str(values.get("$schema", "")).lower() or (
        "type" not in values and "command" not in values and isinstance(values.get("nodes"), list)
    )
