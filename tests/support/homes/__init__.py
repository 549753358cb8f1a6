"""Builders of home directories, from a few marked bytes to a whole small generation."""
