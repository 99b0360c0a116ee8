//! Whether treatments help, compared with the controls of a study.

use super::panel::PanelRuns;
use super::race::Race;
use super::verdict::{Help, Recommendation, Standing, Treatment};
use crate::study::Study;
use relume_doctor::words::list;

/// One verdict for each arm but the one that was left unchanged; none where the study has no controls.
pub(super) fn treatments(study: &Study, panel: &PanelRuns<'_>, race: &Race) -> Vec<Treatment> {
    let Some(unchanged) = study.controls.first() else {
        return Vec::new();
    };
    let arms = panel.runs.iter().enumerate();
    arms.filter(|(_, runs)| runs.activation != unchanged)
        .map(|(arm, runs)| Treatment {
            arm: runs.activation.to_owned(),
            verdict: match race.helps(arm) {
                Some(true) => Help::Helps,
                Some(false) => Help::DoesNotHelp,
                None => Help::Undecided,
            },
        })
        .collect()
}

/// What to do about it: the reasons and caveats are those of the comparison of all arms.
pub(super) fn recommend(
    controls: &[String],
    treatments: &[Treatment],
    standings: &[Standing],
    compared: Recommendation,
) -> Recommendation {
    // The best result first, as the standings have them.
    let those = |verdict: Help| -> Vec<&str> {
        let is = |name: &str| treatments.iter().any(|t| t.arm == name && t.verdict == verdict);
        let names = standings.iter().map(|s| s.activation.as_str());
        names.filter(|name| is(name)).collect()
    };
    let (help, open) = (those(Help::Helps), those(Help::Undecided));
    let controls: Vec<&str> = controls.iter().map(String::as_str).collect();
    let headline = match (help.as_slice(), open.as_slice()) {
        ([], []) => format!("Nothing that was tried helps, compared with {}.", list(&controls)),
        ([], open) => format!("Nothing is shown to help; open is {}.", list(open)),
        ([one], _) => format!("{one} helps, compared with {}.", list(&controls)),
        (several, _) => format!("{} help, compared with {}.", list(several), list(&controls)),
    };
    Recommendation {
        activation: help.first().map(|&name| name.to_owned()),
        headline,
        ..compared
    }
}
