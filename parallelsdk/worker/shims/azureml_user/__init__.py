"""Stand-in for the package of this name on Azure's machines."""
