"""Keywords of client calls that nothing here heeds, because they are Azure's transport's, or none.

Azure hands what its methods do not know on to the request that they send. Names that mean something
there are taken in silence; any other was meant to be something else, and is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from parallelsdk.entities._fields import warn_unknown
from parallelsdk.rules.names import Names

# What azure-core's pipeline and requests take (azure-core 1.36), and azure-ai-ml reads itself.
_OF_REQUESTS: Final = frozenset(
    {"api_version", "cls", "connection_cert", "connection_data_block_size", "connection_timeout"}
    | {"connection_verify", "content_type", "continuation_token", "enable_telemetry", "error_map"}
    | {"headers", "http_logging_policy", "logger", "logging_body", "logging_enable", "max_results"}
    | {"params", "permit_redirects", "polling", "polling_interval", "proxies", "raise_for_status"}
    | {"raw_request_hook", "raw_response_hook", "read_timeout", "redirect_max", "request_id"}
    | {"retry_backoff_factor", "retry_backoff_max", "retry_connect", "retry_mode", "retry_read"}
    | {"retry_on_methods", "retry_on_status_codes", "retry_status", "retry_total"}
    | {"skip_remote_validation", "timeout", "user_agent"}
)


def warn_unheeded(
    method: Callable[..., Any], keywords: Mapping[str, Any], *, also: Iterable[str] = ()
) -> None:
    """Warn the caller of ``keywords`` that mean nothing to ``method``, with the nearest name.

    ``also`` are names that Azure's method reads, and this one has no use for.
    """
    if not keywords:
        return
    import inspect  # costs start-up time, and only careless calls come here

    own = [name for name in inspect.signature(method).parameters if name not in ("self", "kwargs")]
    faults = Names(frozenset([*own, *also])).faults(
        [name for name in keywords if name not in _OF_REQUESTS]
    )
    warn_unknown(method.__qualname__, faults)
