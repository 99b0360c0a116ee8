//! The article's questions about ReLU, answered with this study's numbers.

use super::definitions::CONTROL;
use super::metric::Measure;
use super::panel::PanelRuns;
use super::race::Race;
use super::stress::{fate, reached};
use super::verdict::{Answer, Standing, StressPanel, StressRow, Verdict};
use crate::trial::Panel;
use relume_doctor::words::{list, number, percent};

/// What the answers are made of.
pub(super) struct Evidence<'a> {
    pub(super) panel: &'a PanelRuns<'a>,
    pub(super) race: &'a Race,
    pub(super) standings: &'a [Standing],
    pub(super) stress: &'a [StressPanel],
    pub(super) measure: Measure<'a>,
}

/// The three questions.
pub(super) fn answers(evidence: &Evidence<'_>) -> Vec<Answer> {
    let relu = evidence.standing("relu");
    let answer = |question: &str, paragraphs: &dyn Fn(&Standing) -> Vec<String>| Answer {
        question: question.into(),
        paragraphs: relu.map_or_else(
            || vec!["relu was not part of this study, so it does not say.".into()],
            paragraphs,
        ),
    };
    vec![
        answer("Is ReLU better than sigmoid and tanh here?", &|relu| {
            evidence.better(relu)
        }),
        answer(
            "What is wrong with ReLU here: does it die, does it explode?",
            &|relu| evidence.wrong(relu),
        ),
        answer("Does a variant cure it here?", &|_| evidence.cured()),
    ]
}

impl Evidence<'_> {
    fn standing(&self, activation: &str) -> Option<&Standing> {
        self.standings.iter().find(|s| s.activation == activation)
    }

    /// Accuracy, speed, gradient and sparsity, compared with those of sigmoid and tanh.
    fn better(&self, relu: &Standing) -> Vec<String> {
        let classics: Vec<&Standing> = ["sigmoid", "tanh"]
            .into_iter()
            .filter_map(|a| self.standing(a))
            .collect();
        if classics.is_empty() {
            return vec!["Neither sigmoid nor tanh was part of this study, so it does not say.".into()];
        }
        let mut paragraphs: Vec<String> = classics.iter().map(|c| self.versus(relu, c)).collect();
        let rows = || std::iter::once(relu).chain(classics.iter().copied());
        let mut compared = |what: &str, of: &dyn Fn(&Standing) -> Option<String>, remark: &str| {
            let parts: Vec<String> = rows()
                .filter_map(|s| Some(format!("{} {}", s.activation, of(s)?)))
                .collect();
            if parts.len() > 1 {
                paragraphs.push(format!("{what}: {}.{remark}", parts.join(", ")));
            }
        };
        compared(
            "Speed of learning, epochs to 95 % of its own best",
            &|s| {
                Some(format!(
                    "{} (in the end {})",
                    number(s.epochs_to_95?),
                    self.measure.value(s.test?.mean)
                ))
            },
            "",
        );
        compared(
            "Speed of computing, ns per element forward and backward",
            &|s| s.cost.map(|c| number(c.total())),
            "",
        );
        compared(
            "Gradient at the first layer over that at the last",
            &|s| s.gradient_ratio.map(number),
            "",
        );
        compared(
            "Share of zeros beside the gap between train and test",
            &|s| {
                Some(format!(
                    "{} and {}",
                    percent(s.zeros?),
                    self.measure.points(s.gap?)
                ))
            },
            " That the two stand side by side does not say that one causes the other.",
        );
        paragraphs
    }

    /// The paired difference of relu to one other.
    fn versus(&self, relu: &Standing, other: &Standing) -> String {
        let value = |s: &Standing| {
            s.test
                .map_or_else(|| "none".to_owned(), |test| self.measure.value(test.mean))
        };
        let values = format!(
            "relu reaches {} {}, {} {}",
            self.measure.name(),
            value(relu),
            other.activation,
            value(other)
        );
        let place = |name: &str| self.panel.runs.iter().position(|runs| runs.activation == name);
        let both = place(&relu.activation).zip(place(&other.activation));
        let compared = both.map(|(a, b)| (self.race.compare(a, b), self.race.compare(b, a)));
        let Some((there, back)) = compared.filter(|(there, _)| there.difference.is_some()) else {
            return format!("{values}; too few seeds are shared to say more.");
        };
        let verdict = match (there.verdict, back.verdict) {
            (Verdict::Equivalent, _) => "they are as good as each other",
            (Verdict::Worse, _) => "relu is worse",
            (_, Verdict::Worse) => "relu is better",
            (Verdict::Below { .. } | Verdict::SlightlyWorse, _) => "relu is below",
            (Verdict::Better, _) => "relu is above",
            _ => "that is undecided",
        };
        let (mean, interval) = there.difference.unwrap_or_default();
        format!(
            "{values}: {verdict} (difference {} ({})).",
            self.measure.points(mean),
            self.measure.interval(interval)
        )
    }

    /// Dying and exploding, in the comparison and under stress.
    fn wrong(&self, relu: &Standing) -> Vec<String> {
        let mut paragraphs = vec![match relu.dead_units.zip(relu.units).zip(relu.dead_share) {
            Some(((dead, units), share)) => format!(
                "In the comparison itself {} of its {units} units ({}) are dead after training, and {}.",
                number(dead),
                percent(share),
                if relu.findings.is_empty() {
                    "the doctor finds nothing wrong".to_owned()
                } else {
                    let found: Vec<&str> = relu.findings.iter().map(|f| f.words.as_str()).collect();
                    format!("the doctor finds {}", list(&found))
                }
            ),
            None => "Its layers were not watched in the comparison itself.".into(),
        }];
        for (panel, row) in self.stress_of("relu") {
            paragraphs.push(format!(
                "{} {}",
                under(panel),
                fate(row, Some(relu), self.measure)
            ));
        }
        if self.stress.is_empty() {
            paragraphs
                .push("There was no stress panel, so it is not known how it fares under stress.".into());
        }
        paragraphs
    }

    /// The variants under the stress that relu was under.
    fn cured(&self) -> Vec<String> {
        if self.stress.is_empty() {
            return vec!["There was no stress panel, so this study does not say.".into()];
        }
        self.stress_of("relu")
            .map(|(panel, relu)| self.cure(panel, relu))
            .collect()
    }

    fn cure(&self, panel: &StressPanel, relu: &StressRow) -> String {
        let not_variants = ["relu", "sigmoid", "tanh", CONTROL];
        let variants: Vec<&StressRow> = panel
            .rows
            .iter()
            .filter(|r| !not_variants.contains(&r.activation.as_str()))
            .collect();
        let told = |rows: &[&StressRow]| {
            let parts: Vec<String> = rows
                .iter()
                .map(|r| {
                    let dead = r
                        .dead_share
                        .map_or(String::new(), |d| format!(", {} dead", percent(d)));
                    format!("{} ({}{dead})", r.activation, reached(r, self.measure))
                })
                .collect();
            list(&parts.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let (survived, fell): (Vec<_>, Vec<_>) = variants.iter().copied().partition(|r| r.survived);
        let itself = told(&[relu]);
        let text = match (relu.survived, variants.is_empty()) {
            (true, _) => format!("{itself} survives, so there is nothing to cure"),
            (false, true) => format!("{itself} does not survive, and no variant was tried"),
            (false, false) if survived.is_empty() => {
                format!(
                    "{itself} does not survive, and no variant does: {}",
                    told(&variants)
                )
            }
            (false, false) => format!("{itself} does not survive; cured: {}", told(&survived)),
        };
        let not = if !relu.survived && !survived.is_empty() && !fell.is_empty() {
            format!("; not cured: {}", told(&fell))
        } else {
            String::new()
        };
        format!("{} {text}{not}.", under(panel))
    }

    fn stress_of(&self, activation: &'static str) -> impl Iterator<Item = (&StressPanel, &StressRow)> {
        self.stress
            .iter()
            .filter_map(move |p| Some((p, p.rows.iter().find(|r| r.activation == activation)?)))
    }
}

fn under(panel: &StressPanel) -> &'static str {
    match panel.panel {
        Panel::RaisedLearningRate => "With the learning rate raised,",
        Panel::PoorInitialisation => "From a poor initialisation,",
        Panel::Main | Panel::Search => "In the comparison itself,",
    }
}
