"""Names for jobs that were not given one: ``adjective_noun_xxxxxxxxxx``, easy to say and unique."""

from __future__ import annotations

import secrets

_ADJECTIVES = (
    "amber bold brave bright calm clever cool crisp eager fair fancy gentle glad golden happy "
    "honest jolly keen kind lively loyal lucky mellow merry mild modest neat nimble noble patient "
    "plucky polite proud quick quiet rosy serene sharp silver smooth snug solid sunny swift tidy "
    "upbeat vivid warm wise witty"
)
_NOUNS = (
    "acorn apple basil beacon berry birch bread brook candle cedar cherry clover coral cove daisy "
    "delta dune fern fig garden ginger grape harbor hazel honey island ivy kettle lake lemon lilac "
    "maple meadow mint moon oak olive orchid peach pear pebble pine plum poppy quince reed river "
    "rose sage shell spruce star stone thyme tulip valley wave wheat willow"
)
_ALPHABET = "abcdefghjkmnpqrstvwxyz23456789"


def new_name() -> str:
    """A new random name."""
    tail = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"{secrets.choice(_ADJECTIVES.split())}_{secrets.choice(_NOUNS.split())}_{tail}"
