"""Asking a store again: so often as connections break, and no longer."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from parallelsdk.exceptions import DataException
from parallelsdk.storage.remote import attempt


class ReadTimeoutError(Exception):
    """What a store's library calls its own error."""


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (ConnectionError("reset"), 6),
        (TimeoutError(), 2),
        (ReadTimeoutError("silent"), 2),
        (PermissionError("no"), 1),
    ],
)
def test_what_may_pass_is_tried_again(
    error: Exception, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    made = []

    def ask() -> None:
        made.append(1)
        raise error

    with pytest.raises(DataException, match="s3://bucket/a' cannot be read"):
        attempt("s3://bucket/a", ask)
    assert len(made) == calls


class CredentialUnavailableError(Exception):
    """As azure-identity calls its own."""


class _RefusedError(Exception):
    status_code = 403


@pytest.mark.parametrize(
    ("url", "error", "says"),
    [
        ("wasbs://c@a.blob.core.windows.net/x", CredentialUnavailableError("no"), "az login"),
        ("abfss://c@a.dfs.core.windows.net/x", _RefusedError("no"), "AZURE_STORAGE_ACCOUNT_KEY"),
        ("s3://bucket/a", _RefusedError("no"), "AWS_PROFILE"),
        ("gs://bucket/a", _RefusedError("no"), "GOOGLE_APPLICATION_CREDENTIALS"),
        ("https://host/a", _RefusedError("no"), "The server wants a login"),
    ],
)
def test_who_is_refused_is_told_at_once_what_to_set(url: str, error: Exception, says: str) -> None:
    made = []

    def ask() -> None:
        made.append(1)
        try:
            raise error
        except Exception as cause:  # some libraries wrap it
            raise RuntimeError("it failed") from cause

    with pytest.raises(DataException) as caught:
        attempt(url, ask)
    assert len(made) == 1
    assert says in caught.value.message and "\n" not in caught.value.message


@pytest.mark.parametrize(
    "url", ["wasbs://c@account.blob.core.windows.net/x", "abfss://c@account.dfs.core.windows.net/x"]
)
def test_azures_blobs_without_credentials_say_so_at_once(tmp_path: Path, url: str) -> None:
    code = f"from parallelsdk.storage.filesystem import exists; exists({url!r})"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AZURE")}
    # What would ask a machine of Azure's, if this were one, is answered by nobody.
    alone = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:9", "HOME": str(tmp_path)}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, **alone},
        capture_output=True,
        text=True,
        check=False,
    )
    assert time.monotonic() - began < 45
    told = done.stderr.splitlines()
    assert told[-1].startswith(f"parallelsdk.exceptions.DataException: '{url}' cannot be opened")
    assert "Set AZURE_STORAGE_CONNECTION_STRING" in told[-1]
    assert "failed to retrieve a token" not in "\n".join(told[:1])  # no noise before it
