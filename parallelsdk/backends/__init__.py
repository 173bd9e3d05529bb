"""Who lends the workers. The protocol is in ``_base``, the names are in ``_registry``."""
