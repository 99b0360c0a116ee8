//! Trains a task with each activation function over several seeds.
