"""Activation functions for NumPy, forward and backward, exact on every float and fast."""

from relume._native import get_num_threads, set_num_threads

__all__ = ["get_num_threads", "set_num_threads"]
