//! The machine that a study runs on: in words, and what an activation costs on it.

use relume::cost::{self, Timing};
use std::collections::BTreeMap;
use std::fs;

/// Processor, cores and the instruction set that the kernels use.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let plural = if cores == 1 { "" } else { "s" };
    format!(
        "{}, {cores} core{plural}, {}",
        processor(),
        relume::InstructionSet::best().name()
    )
}

/// What those of the activations cost on this machine that relume has, by their text forms.
pub fn costs<'a>(activations: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, Timing> {
    let mut costs = BTreeMap::new();
    for text in activations {
        if let (false, Ok(activation)) = (costs.contains_key(text), text.parse()) {
            costs.insert(text.to_owned(), cost::measure(&activation));
        }
    }
    costs
}

fn processor() -> String {
    fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_string())
        })
        .unwrap_or_else(|| format!("{} processor", std::env::consts::ARCH))
}
