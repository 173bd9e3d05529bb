"""The ledger on disk: what jobs exist and what became of them; the driver writes, all read."""
