"""Tests of relume.torch."""
