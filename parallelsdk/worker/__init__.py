"""Code that runs inside one worker process. It reads mini-batches and commits results, no more."""
