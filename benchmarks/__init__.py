"""Benchmarks: scripts that print ratios between two ways to do the same work, which depend little on the machine."""
