"""Runs a plan: the driver, its scheduler, the steps and their results."""
