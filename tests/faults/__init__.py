"""The faults and attacks that a refresh must survive, as records; see docs/reliability.md."""
