"""Mappings of a job that only Azure's service reads, and the names and words that it knows in them.

Nothing here heeds them, so a wrong one would be found at the first submission to Azure. Source: the
schemas of azure-ai-ml 1.35.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from parallelsdk.rules.names import Names, did_you_mean

Faults = dict[str, str]  # the dotted rest of a path -> what is wrong there

_DISTRIBUTIONS: Final = {
    "mpi": "process_count_per_instance",
    "pytorch": "process_count_per_instance",
    "tensorflow": "parameter_server_count worker_count",
    "ray": "port address include_dashboard dashboard_port head_node_additional_args "
    "worker_node_additional_args",
}
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MANAGED: Final = "client_id object_id msi_resource_id"
_IDENTITIES: Final = {
    "managed": _MANAGED,
    "managed_identity": _MANAGED,
    "aml_token": "",
    "user_identity": "",
}
_SERVICE: Final = Names(
    frozenset(
        {"type", "port", "nodes", "properties", "log_dir", "ssh_public_keys"}
        | {"endpoint", "status", "error_message"}
    ),
    {"job_service_type": "the service as type"},
)
_QUEUE_WORDS: Final = {
    "job_tier": ("spot", "basic", "standard", "premium", "null"),
    "priority": ("low", "medium", "high"),
}


def distribution_faults(value: Any) -> Faults:
    """What is wrong with how a command's processes are spread."""
    return _typed(value, _DISTRIBUTIONS, "distribution")


def identity_faults(value: Any) -> Faults:
    """What is wrong with whom a job runs as."""
    return _typed(value, _IDENTITIES, "identity")


def services_faults(value: Any) -> Faults:
    """What is wrong with the services of a command, by their names."""
    if not isinstance(value, Mapping):
        return {"": f"must be a mapping of names to services, found {value!r:.80}"}
    found: Faults = {}
    for name, service in value.items():
        if isinstance(service, Mapping):
            faults = _SERVICE.faults([str(key) for key in service])
            found |= {f"{name}.{key}": fault for key, fault in faults.items()}
        elif service is None or isinstance(service, str | int | float | list):
            found[str(name)] = f"must be a mapping of its settings, found {service!r:.80}"
    return found


def queue_faults(value: Any) -> Faults:
    """What is wrong with the settings of the queue."""
    if not isinstance(value, Mapping):
        return {"": f"must be a mapping with job_tier or priority, found {value!r:.80}"}
    found = Names(frozenset(_QUEUE_WORDS)).faults([str(key) for key in value])
    for name, words in _QUEUE_WORDS.items():
        word = value.get(name)
        if word is not None and str(word).lower() not in words:
            found[name] = f"{word!r} is no {name}{did_you_mean(word, words)}"
    return found


RECORDS: Final[Mapping[str, Callable[[Any], Faults]]] = {
    "distribution": distribution_faults,
    "identity": identity_faults,
    "services": services_faults,
    "queue_settings": queue_faults,
}


def _typed(value: Any, kinds: Mapping[str, str], what: str) -> Faults:
    """The faults of a mapping whose ``type`` says which other names it may hold."""
    if not isinstance(value, Mapping):
        return {"": f"must be a mapping with type, found {value!r:.80}"}
    kind = value.get("type")
    if kind is None:
        wrong = Names(frozenset({"type"})).faults([str(k) for k in value if k != "type"])
        near = {name: fault for name, fault in wrong.items() if "did you mean" in fault}
        return near or {"": f"type: missing; it is one of {', '.join(kinds)}"}
    # As there: in any case, or in the words of a camel's humps.
    known = kinds.get(str(kind).lower(), kinds.get(_HUMP.sub("_", str(kind)).lower()))
    if known is None:
        return {"type": f"{kind!r} is no {what}{did_you_mean(kind, kinds)}"}
    return Names(frozenset({"type", *known.split()})).faults([str(key) for key in value])
