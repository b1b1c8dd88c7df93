"""From a `Report` (`oommc.incident.model`) to a scenario."""
