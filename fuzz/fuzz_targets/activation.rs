//! Any text as an activation: what is accepted prints itself and is read back as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relume::Activation;

fuzz_target!(|text: &str| {
    if let Ok(activation) = text.parse::<Activation>() {
        assert_eq!(activation.to_string().parse::<Activation>(), Ok(activation));
    }
});
