//! Any text as a formula: what is accepted prints itself, is read back as the same, and has a value everywhere.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relume_formula::{Floats, Formula, FromTheRight, Germ};

fuzz_target!(|text: &str| {
    if let Ok(formula) = Formula::parse(text, &["alpha"]) {
        assert_eq!(
            Formula::parse(&formula.to_string(), &["alpha"]),
            Ok(formula.clone())
        );
        for formula in [formula.stable(), formula] {
            for x in [-1e300, -1.0, 0.0, 0.5, f64::INFINITY, f64::NAN] {
                formula.evaluate(&Floats, x, &[0.25]);
                let germ = Germ::variable(x, &Floats);
                formula.evaluate(&FromTheRight(Floats), germ, &[Germ::constant(0.25, &Floats)]);
            }
        }
    }
});
