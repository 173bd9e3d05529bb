"""Stand-ins for the credentials of ``azure.identity``: they sign in nowhere, and never fail.

Code for Azure makes one, often tries it with ``get_token``, and hands it to ``MLClient``, which
does not need it here. Whatever a credential is made with is taken and not kept.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

TOKEN: Final = "parallelsdk-does-not-sign-in"
LIFETIME: Final = 3600  # seconds, as long as Azure's usually live

__all__ = [
    "AzureCliCredential",
    "AzureDeveloperCliCredential",
    "AzurePowerShellCredential",
    "CertificateCredential",
    "ChainedTokenCredential",
    "ClientSecretCredential",
    "CredentialUnavailableError",
    "DefaultAzureCredential",
    "DeviceCodeCredential",
    "EnvironmentCredential",
    "InteractiveBrowserCredential",
    "ManagedIdentityCredential",
    "SharedTokenCacheCredential",
    "UsernamePasswordCredential",
    "VisualStudioCodeCredential",
    "WorkloadIdentityCredential",
]


class AccessToken(NamedTuple):
    """What ``get_token`` answers: a text, and the second since 1970 when it expires."""

    token: str
    expires_on: int


class CredentialUnavailableError(Exception):
    """For ``except`` clauses; never raised here."""


class _Credential:
    """What all of them do."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass  # tenants, clients and secrets of Azure mean nothing here

    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """A token that no service accepts. Raises ValueError without a scope, as Azure does."""
        if not scopes:
            raise ValueError("get_token() needs at least one scope.")
        return AccessToken(TOKEN, int(time.time()) + LIFETIME)

    def close(self) -> None:
        """There is nothing to close."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(played by parallelsdk)"


class DefaultAzureCredential(_Credential):
    """Azure: whatever signs in first."""


class InteractiveBrowserCredential(_Credential):
    """Azure: a browser window."""


class AzureCliCredential(_Credential):
    """Azure: who is signed in to ``az``."""


class AzureDeveloperCliCredential(_Credential):
    """Azure: who is signed in to ``azd``."""


class AzurePowerShellCredential(_Credential):
    """Azure: who is signed in to PowerShell's module."""


class ManagedIdentityCredential(_Credential):
    """Azure: the identity of the machine."""


class WorkloadIdentityCredential(_Credential):
    """Azure: the identity of a pod."""


class EnvironmentCredential(_Credential):
    """Azure: what environment variables say."""


class ClientSecretCredential(_Credential):
    """Azure: a service principal and its secret."""


class CertificateCredential(_Credential):
    """Azure: a service principal and its certificate."""


class DeviceCodeCredential(_Credential):
    """Azure: a code to be typed on another device."""


class UsernamePasswordCredential(_Credential):
    """Azure: a user and a password."""


class SharedTokenCacheCredential(_Credential):
    """Azure: the cache of Microsoft's own tools."""


class VisualStudioCodeCredential(_Credential):
    """Azure: who is signed in to the editor."""


class ChainedTokenCredential(_Credential):
    """Azure: the first of several that works."""
