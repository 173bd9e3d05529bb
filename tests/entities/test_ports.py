"""``inputs`` and ``outputs`` of steps and jobs are given by name, and never replaced."""

from __future__ import annotations

from typing import Any

import pytest

from parallelsdk import Input, command
from parallelsdk.dsl import pipeline
from parallelsdk.entities._port_map import PortView
from parallelsdk.exceptions import UnexpectedAttributeError, UnknownPortError

HELLO = command(
    command="echo ${{inputs.n}}",
    environment="azureml:e:1",
    inputs={"n": Input(type="integer", default=1)},
)


@pipeline()
def flow(n: int = 1) -> None:
    HELLO(n=n)


@pytest.mark.parametrize("value", [3, None, {"n": 2}, []])
@pytest.mark.parametrize("name", ["inputs", "outputs"])
@pytest.mark.parametrize("make", [HELLO, flow])
def test_the_ports_cannot_be_replaced(make: Any, name: str, value: Any) -> None:
    made = make()
    with pytest.raises(UnexpectedAttributeError, match=f"{name}: cannot be replaced"):
        setattr(made, name, value)
    made.inputs.n = 5
    made.inputs["n"] = 7
    assert made.inputs.n.data == 7


def test_what_can_only_be_read_says_what_there_is() -> None:
    outputs = PortView({"names": 1, "group.a": 2}, "output of the step x")
    assert outputs.names == outputs["names"] == 1 and outputs.group.a == 2
    with pytest.raises(UnknownPortError, match=r"'name' is no output of .*; did you mean 'names'"):
        outputs["name"]
    with pytest.raises(UnexpectedAttributeError, match="can only be read"):
        outputs.names = 3
