"""Which GPU a worker sees, where the one who submitted the job says which there are."""

from __future__ import annotations

from collections.abc import Mapping

VARIABLE = "CUDA_VISIBLE_DEVICES"


def device_of(slot: int, environment: Mapping[str, str]) -> dict[str, str]:
    """The variable for the workers of a slot, the first of a step being 0.

    As on Azure each of the first slots gets one device for itself, and the worker that follows one
    in the same slot gets the same. Slots beyond the devices see all that ``environment`` lists.
    """
    devices = [name.strip() for name in environment.get(VARIABLE, "").split(",")]
    return {VARIABLE: devices[slot]} if slot < len(devices) and devices[slot] else {}
