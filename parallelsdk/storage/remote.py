"""Stores beyond this machine: opened with bounds on time, asked again when a connection breaks.

Alone, because every promise about remote data rests on it: no call waits for ever, a broken
connection is tried again a few times, and what cannot be mended says which URL it was about. Which
credentials count is the affair of each store's own library; none passes through here.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

from parallelsdk._lazy import how_to_install
from parallelsdk.exceptions import DataException, ErrorTarget, MissingExtraException, MlException
from parallelsdk.storage.uri import scheme

if TYPE_CHECKING:
    from tenacity import RetryCallState

_T = TypeVar("_T")

TIMEOUT_VARIABLE: Final = "PARALLELSDK_STORAGE_TIMEOUT"
_TIMEOUT_SECONDS: Final = 60.0  # without a byte
_ATTEMPTS: Final = 6
_SILENT_ATTEMPTS: Final = 2  # where a store said nothing; most libraries have asked again already
_EXTRAS: Final = {
    "s3": "s3",
    "s3a": "s3",
    "gs": "gcs",
    "gcs": "gcs",
    "http": "http",
    "https": "http",
    "abfs": "azure-storage",
    "abfss": "azure-storage",
    "az": "azure-storage",
    "wasb": "azure-storage",
    "wasbs": "azure-storage",
}
# Nothing can be delivered there, whatever their libraries offer.
READ_ONLY: Final = frozenset(
    {"http", "https", "data", "github", "git", "zip", "tar", "libarchive", "reference"}
)
# Asking again does not help: the answer is what it is.
_FINAL: Final = (
    FileNotFoundError,
    FileExistsError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
    NotImplementedError,
    ImportError,
    TypeError,
    ValueError,
    MlException,
)
# What libraries raise when nobody is signed in: azure-core, azure-identity, botocore, google-auth.
_NOT_SIGNED_IN: Final = frozenset(
    {"ClientAuthenticationError", "CredentialUnavailableError", "NoCredentialsError"}
    | {"PartialCredentialsError", "TokenRetrievalError", "UnauthorizedSSOTokenError"}
    | {"DefaultCredentialsError", "RefreshError"}
)
_REFUSED_STATUS: Final = frozenset({401, 403})
_AZURE: Final = (
    "Set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME with "
    "AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN, or sign in with az login; for public "
    "data AZURE_STORAGE_ANON=true."
)
_SIGN_IN: Final = {
    "s3": "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    "gcs": "Set GOOGLE_APPLICATION_CREDENTIALS to a key file, or run gcloud auth "
    "application-default login.",
    "azure-storage": _AZURE,
    "http": "The server wants a login: give a URL that carries its own permission.",
}
_AZURE_TOKEN: Final = "https://storage.azure.com/.default"
_TRANSIENT_STATUS: Final = frozenset({408, 425, 429})


def open_store(uri: str) -> tuple[Any, str]:
    """The fsspec file system of a remote URI and the path within it.

    Raises MissingExtraException when the store's package is not installed, DataException for a
    scheme that nobody knows, or when the library has no credentials for it.
    """
    kind = scheme(uri)
    # Not imported above, like tenacity: 50 ms that a worker of local files has no use for.
    import fsspec

    try:
        store, path = fsspec.core.url_to_fs(_known_scheme(uri), **_options(kind))
    except ImportError as error:
        extra = _EXTRAS.get(kind, kind)
        raise MissingExtraException(
            f"{without_secrets(uri)!r} needs the packages of the extra {extra!r} ({error}). "
            f"{how_to_install(extra)}",
            target=ErrorTarget.DATA,
        ) from error
    except Exception as error:  # each library has its own for missing credentials
        raise failure(uri, error, "cannot be opened") from error
    if _EXTRAS.get(kind) == "azure-storage":
        _sign_in(uri, store)
    store.invalidate_cache()  # a listing is asked for to see what is there now
    return store, path


def attempt(uri: str, call: Callable[[], _T], what: str = "cannot be read") -> _T:
    """What ``call`` gives, asked again with growing pauses while connections break or are silent.

    Raises FileNotFoundError as the store does, DataException that says ``what`` of the URL when it
    fails for good.
    """
    import tenacity

    retrying = tenacity.Retrying(
        stop=_is_enough,
        wait=tenacity.wait_random_exponential(multiplier=0.1, max=5),
        retry=tenacity.retry_if_exception(_may_pass),
        reraise=True,
    )
    try:
        answer: _T = retrying(call)
        return answer
    except (FileNotFoundError, MlException):
        raise
    except Exception as error:  # each store's library has a family of errors of its own
        raise failure(uri, error, what) from error


def failure(uri: str, error: BaseException, what: str) -> DataException:
    """The error that says what cannot be done with a URL, and why."""
    text = str(error).strip().splitlines()
    reason = f"{type(error).__name__}: {text[0].rstrip('.')}" if text else type(error).__name__
    hint = _SIGN_IN.get(_EXTRAS.get(scheme(uri), ""), "") if is_refusal(error) else ""
    return DataException(
        f"{without_secrets(uri)!r} {what} ({without_secrets(reason)}).{hint and ' ' + hint}",
        target=ErrorTarget.DATA,
    )


def is_refusal(error: BaseException) -> bool:
    """Whether a store has no credentials, or does not accept them."""
    seen: BaseException | None = error
    while seen is not None:
        if type(seen).__name__ in _NOT_SIGNED_IN or _status(seen) in _REFUSED_STATUS:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def without_secrets(text: str) -> str:
    """A URL without what may be a signature or a password, for messages; another text as it is."""
    if "://" not in text:
        return text
    before, separator, url = text.partition("://")
    try:
        parts = urlsplit("x://" + url)
        host = parts.netloc.rpartition("@")[2] if ":" in parts.netloc.rpartition("@")[0] else None
    except ValueError:
        return before + separator + "..."
    shown = urlunsplit(
        parts._replace(
            netloc=parts.netloc if host is None else f"...@{host}",
            query="..." if parts.query else "",
        )
    )
    return before + shown.removeprefix("x")


def time_limit() -> float:
    """The seconds that a store may be silent."""
    try:
        return max(0.1, float(os.environ.get(TIMEOUT_VARIABLE, _TIMEOUT_SECONDS)))
    except ValueError:
        return _TIMEOUT_SECONDS


def _sign_in(uri: str, store: Any) -> None:
    """Ask once for the token that the library is going to need, where it has nothing else.

    Its own way to the same answer asks again for minutes, and tells of each time on standard error.
    """
    credential = getattr(store, "sync_credential", None)
    if credential is None or getattr(store, "_is_signed_in", False):
        return
    logger = logging.getLogger("azure.identity")
    if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
        logger.addHandler(logging.NullHandler())  # those whom the user has set up hear all the same
    try:
        credential.get_token(_AZURE_TOKEN)
    except Exception as error:  # of azure-core, which need not be there
        raise failure(uri, error, "cannot be opened") from error
    store._is_signed_in = True


def _status(error: BaseException) -> int | None:
    found = getattr(error, "status", None) or getattr(error, "status_code", None)
    return found if isinstance(found, int) else None


def _may_pass(error: BaseException) -> bool:
    status = _status(error)
    if status is not None and 400 <= status < 500:
        return status in _TRANSIENT_STATUS
    if is_refusal(error):
        return False
    return isinstance(error, Exception) and not isinstance(error, _FINAL)


def _is_enough(state: RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome is not None else None
    # Each library has an error of its own for this.
    is_silence = isinstance(error, TimeoutError) or "Timeout" in type(error).__name__
    return state.attempt_number >= (_SILENT_ATTEMPTS if is_silence else _ATTEMPTS)


def _known_scheme(uri: str) -> str:
    """The URI in the words of fsspec: Azure's older ``wasbs`` names the same blobs."""
    for old in ("wasbs://", "wasb://"):
        if uri.startswith(old):
            return "abfs://" + uri[len(old) :]
    return uri


def _options(kind: str) -> dict[str, Any]:
    """Bounds on the time that each library may wait."""
    seconds = time_limit()
    if kind in ("s3", "s3a"):
        bounds = {"connect_timeout": seconds, "read_timeout": seconds}
        # s3fs asks again by itself; what it rests on need not multiply that.
        return {"config_kwargs": {**bounds, "retries": {"total_max_attempts": 1}}}
    if kind in ("http", "https", "gs", "gcs"):
        # Not imported above: few jobs ask the web for anything.
        import aiohttp

        bound = aiohttp.ClientTimeout(total=None, sock_connect=seconds, sock_read=seconds)
        # Trusts what the environment says of proxies and certificates, as other tools do.
        session = {"timeout": bound, "trust_env": True}
        if kind in ("http", "https"):
            return {"client_kwargs": session}
        return {"session_kwargs": session, "requests_timeout": bound}
    if kind in ("abfs", "abfss", "az", "wasb", "wasbs"):
        return {"connection_timeout": seconds, "read_timeout": seconds}
    return {}
