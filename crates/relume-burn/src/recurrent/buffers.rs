//! Memory that a layer uses again in its next pass: taking it anew from the system costs a fifth of the time of a training
//! step.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

/// The memory that nobody uses at the moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<f32>>>>);

impl Buffers {
    /// Numbers of any value.
    pub(super) fn take(&self, len: usize) -> Buffer {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let large_enough = free.iter().enumerate().filter(|(_, values)| values.len() >= len);
        let best = large_enough.min_by_key(|(_, values)| values.len());
        let mut values = match best.map(|(number, _)| number) {
            Some(number) => free.swap_remove(number),
            None => {
                // Sequences have become longer: what is too short for them is of no more use.
                let longest = free.iter().enumerate().max_by_key(|(_, values)| values.len());
                let number = longest.map(|(number, _)| number);
                number.map(|number| free.swap_remove(number));
                Vec::new()
            }
        };
        if values.len() < len {
            values = vec![0.0; len];
        }
        Buffer {
            values,
            len,
            home: self.clone(),
        }
    }

    /// Zeros.
    pub(super) fn zeros(&self, len: usize) -> Buffer {
        let mut buffer = self.take(len);
        buffer.fill(0.0);
        buffer
    }
}

/// Numbers whose memory goes back when they are dropped.
#[derive(Debug)]
pub(super) struct Buffer {
    values: Vec<f32>,
    len: usize,
    home: Buffers,
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[..self.len]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut free = self.home.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(std::mem::take(&mut self.values));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again_and_does_not_grow() {
        let buffers = Buffers::default();
        for len in [10, 7, 10, 3, 12, 12, 5] {
            let mut buffer = buffers.take(len);
            assert_eq!(buffer.len(), len);
            buffer.fill(1.0);
            drop(buffer);
            let free = buffers.0.lock().unwrap();
            assert_eq!(free.len(), 1);
        }
        assert!(buffers.zeros(12).iter().all(|&x| x == 0.0));
        let two = [buffers.take(4), buffers.take(4)];
        drop(two);
        assert_eq!(buffers.0.lock().unwrap().len(), 2);
    }
}
