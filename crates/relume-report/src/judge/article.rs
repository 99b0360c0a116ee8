//! The article's questions about ReLU, answered with this study's numbers.

use super::compare::{CONFIDENCE, difference, paired};
use super::definitions::CONTROL;
use super::dunnett::Family;
use super::estimate::mean_over_seeds;
use super::metric::Measure;
use super::panel::PanelRuns;
use super::stress::fate;
use super::verdict::{Answer, Standing, StressPanel, StressRow};
use crate::trial::Panel;
use relume_doctor::words::{list, number, percent};

/// What the answers are made of.
pub(super) struct Evidence<'a> {
    pub(super) panel: &'a PanelRuns<'a>,
    pub(super) standings: &'a [Standing],
    pub(super) stress: &'a [StressPanel],
    pub(super) measure: Measure<'a>,
    pub(super) margin: f64,
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
                    "{} (best: {})",
                    number(s.epochs_to_95?),
                    self.measure.value(s.validation)
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
        let runs = self
            .panel
            .runs_of(&relu.activation)
            .zip(self.panel.runs_of(&other.activation));
        let mean = runs.and_then(|(a, b)| mean_over_seeds(&paired(a, b), self.panel.pool));
        let values = format!(
            "relu reaches {} {}, {} {}",
            self.measure.name(),
            self.measure.value(relu.test.mean),
            other.activation,
            self.measure.value(other.test.mean)
        );
        let Some(mean) = mean else {
            return format!("{values}; too few seeds are shared to say more.");
        };
        let d = difference(
            &mean,
            Family {
                comparisons: 1,
                correlation: 0.0,
            },
        );
        let (low, high) = (d.interval.low, d.interval.high);
        let verdict = if low > self.margin {
            "relu is better"
        } else if high < -self.margin {
            "relu is worse"
        } else if -self.margin <= low && high <= self.margin {
            "they are as good as each other"
        } else {
            "that is undecided"
        };
        format!(
            "{values}: {verdict} (difference {}, {:.0} % interval for this pair alone).",
            self.measure.difference(&d),
            100.0 * CONFIDENCE
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
                    format!("{} ({}{dead})", r.activation, self.measure.value(r.test))
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
