"""The reception desk: MLClient and what it offers, over the workspace on disk."""
