"""The constant of functions/quick_gelu.rs."""

from mpmath import mpf

from approximation import pair

pair("BETA", mpf("1.702"), "1.702")
