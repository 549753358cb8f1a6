"""Faults and attacks that a refresh must survive; see `docs/reliability.md`."""
