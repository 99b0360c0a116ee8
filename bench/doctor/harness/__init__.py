"""What the public and the sealed part share: what a restated program is, its data and loops, and the measurement
without relume."""
