"""The sealed part of the doctor's benchmark: cited programs, restated."""
