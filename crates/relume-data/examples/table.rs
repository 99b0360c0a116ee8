//! Prints a data set whose samples have one length as a table, such as other programs read.
//!
//!     cargo run --release -p relume-data --example table -- 'mnist1d(test=10000)' > ours.csv
//!
//! A line is a sample: its part (`test` or `train`; the latter for all where no test part is given), what is to be
//! predicted, and its values.

use relume_data::{Options, Targets, open};
use std::io::{BufWriter, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source = std::env::args().nth(1).ok_or("which data set?")?;
    let data = open(&source, &Options::default())?;
    if data.inputs.starts.is_some() {
        return Err("its samples differ in length".into());
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    for sample in 0..data.len() {
        let part = match data.test_from {
            Some(from) if sample >= from => "test",
            _ => "train",
        };
        match &data.targets {
            Targets::Classes { labels, names } => write!(out, "{part},{}", names[labels[sample] as usize])?,
            Targets::Values(values) => write!(out, "{part},{}", values[sample])?,
        }
        for value in data.inputs.sample(sample) {
            write!(out, ",{value}")?;
        }
        writeln!(out)?;
    }
    out.flush()?;
    Ok(())
}
