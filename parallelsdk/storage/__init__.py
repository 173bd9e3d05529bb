"""Bytes at rest: where they are, how they reach a step and how results leave it."""
