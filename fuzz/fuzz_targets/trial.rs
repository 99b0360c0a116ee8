//! Any text as a trial: what is accepted can be judged or is refused in words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relume_report::study::Study;
use relume_report::trial::Trial;
use relume_report::{html, judge};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(trial) = serde_json::from_slice::<Trial>(bytes) {
        let (study, trials) = (Study::default(), [trial]);
        if let Ok(judgement) = judge::judge(&study, &trials) {
            let _ = html::render(&study, &judgement, &trials, None);
        }
    }
});
