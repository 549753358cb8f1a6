"""Builders of home directories for tests, from two marked files to a small complete generation."""
