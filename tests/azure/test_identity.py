"""The credentials take whatever Azure's take, and get a token without a network."""

from __future__ import annotations

import socket
import time

import pytest

from parallelsdk.azure import identity

CREDENTIALS = [name for name in identity.__all__ if name.endswith("Credential")]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a credential opened a connection")

    monkeypatch.setattr(socket, "socket", refuse)


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_credential_gives_a_token_that_lives_for_an_hour(name: str) -> None:
    with getattr(identity, name)("tenant", client_id="id", exclude_cli_credential=True) as made:
        token = made.get_token("https://management.azure.com/.default", tenant_id="other")

    assert isinstance(token.token, str)
    assert 3500 < token.expires_on - time.time() <= 3600


def test_a_token_needs_a_scope_as_on_azure() -> None:
    with pytest.raises(ValueError, match="scope"):
        identity.DefaultAzureCredential().get_token()


def test_no_secret_is_kept() -> None:
    made = identity.ClientSecretCredential("tenant", "client", "s3cret")

    assert "s3cret" not in repr(made) + str(vars(made))
