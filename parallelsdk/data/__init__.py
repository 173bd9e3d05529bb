"""What the bytes mean: mini-batches, how an input is split and how results are written."""
