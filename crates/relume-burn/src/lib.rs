//! relume's activation functions as Burn operations, and the senses of its doctor.
