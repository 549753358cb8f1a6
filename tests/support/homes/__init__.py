"""Builders of home directories for tests, from two small files to a small complete generation."""
