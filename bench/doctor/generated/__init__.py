"""Runs made by one generator: networks of a few families, with causes that are put into them."""
