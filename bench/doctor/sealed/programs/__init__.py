"""The programs, one file per family."""
