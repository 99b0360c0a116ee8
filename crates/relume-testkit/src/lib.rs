//! Independent high-precision oracles, input domains and error sweeps for relume.
