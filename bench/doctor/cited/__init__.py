"""Cited programs of other people, restated."""
