"""``azure.core.exceptions`` where azure-core is not installed: the errors that code names.

MlException is an AzureError there, and what is asked for and not there a ResourceNotFoundError.
"""

from __future__ import annotations

from parallelsdk.exceptions import HttpResponseError, MlException, ResourceNotFoundError

AzureError = MlException


class ClientAuthenticationError(HttpResponseError):
    """Who nobody signs in to; never raised here."""


class ResourceExistsError(HttpResponseError):
    """What is to be made is there already; never raised here."""


class ServiceRequestError(MlException):
    """A service that was not reached; never raised here."""


__all__ = [
    "AzureError",
    "ClientAuthenticationError",
    "HttpResponseError",
    "ResourceExistsError",
    "ResourceNotFoundError",
    "ServiceRequestError",
]
