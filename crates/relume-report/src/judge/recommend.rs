//! What to use, in plain words.

use super::findings::runs;
use super::metric::Measure;
use super::verdict::{Recommendation, Standing, Verdict};
use relume_doctor::Severity;
use relume_doctor::words::{list, number};

/// Everything that the recommendation rests on.
pub(super) struct Case<'a> {
    pub(super) standings: &'a [Standing],
    pub(super) margin: f64,
    pub(super) measure: Measure<'a>,
    pub(super) seeds: usize,
    /// Whether the best was chosen on samples that it is not compared on.
    pub(super) validated: bool,
    /// Caveats about the data that are known already.
    pub(super) notes: &'a [String],
}

/// The cheapest healthy one among the best and its equivalents.
pub(super) fn recommend(case: &Case<'_>) -> Recommendation {
    let Some(best) = case.rows(Verdict::Best).next() else {
        let headline =
            "No activation was tried besides the control, so there is nothing to recommend.".into();
        return Recommendation {
            headline,
            ..Recommendation::default()
        };
    };
    if best.failed == best.trials {
        let headline = "No activation got through training: lower the learning rate and try again.".into();
        return Recommendation {
            headline,
            reasons: case.standings.iter().filter_map(complaint).collect(),
            ..Recommendation::default()
        };
    }
    let choice = case.choose(best);
    Recommendation {
        activation: Some(choice.activation.clone()),
        headline: case.headline(best, choice),
        reasons: case.reasons(best, choice),
        caveats: case.caveats(best, choice),
    }
}

impl<'a> Case<'a> {
    fn rows(&self, verdict: Verdict) -> impl Iterator<Item = &'a Standing> {
        self.standings
            .iter()
            .filter(move |s| s.verdict == verdict && !s.control)
    }

    fn undecided(&self) -> Vec<&'a Standing> {
        self.standings
            .iter()
            .filter(|s| matches!(s.verdict, Verdict::Undecided { .. }) && !s.control)
            .collect()
    }

    fn control(&self) -> Option<&'a Standing> {
        self.standings.iter().find(|s| s.control)
    }

    fn choose(&self, best: &'a Standing) -> &'a Standing {
        // Standings are sorted, so the first that is better is the best of them.
        if let Some(better) = self.rows(Verdict::Better).find(|s| s.healthy) {
            return better;
        }
        let contenders = self.contenders(best);
        let cheapest = contenders
            .iter()
            .filter(|s| s.healthy)
            .filter_map(|s| Some((s, price(s)?)))
            .min_by(|(_, a), (_, b)| a.total_cmp(b))
            .map(|(s, _)| *s);
        // What it costs is unknown: nothing is cheaper. What is sick: the healthiest is the best healthy one.
        match cheapest {
            Some(s) if price(best).is_some() || !best.healthy => s,
            _ if best.healthy => best,
            _ => contenders.into_iter().find(|s| s.healthy).unwrap_or(best),
        }
    }

    /// The best and its equivalents, the highest test metric first.
    fn contenders(&self, best: &'a Standing) -> Vec<&'a Standing> {
        let mut contenders = vec![best];
        contenders.extend(self.rows(Verdict::Equivalent));
        contenders.sort_by(|a, b| b.test.mean.total_cmp(&a.test.mean));
        contenders
    }

    /// Whether most of the others are still undecided.
    fn mostly_undecided(&self) -> bool {
        let others = self
            .standings
            .iter()
            .filter(|s| s.verdict != Verdict::Best && !s.control)
            .count();
        others > 0 && 2 * self.undecided().len() > others
    }

    fn headline(&self, best: &Standing, choice: &Standing) -> String {
        let name = &choice.activation;
        if self
            .control()
            .is_some_and(|c| matches!(c.verdict, Verdict::Equivalent | Verdict::Better))
        {
            return format!(
                "This task does not need a non-linearity here: a linear network (identity) is not beaten by \
                 more than the margin. If there must be one, use {name}."
            );
        }
        if self.mostly_undecided() {
            let advice = match seeds_for_half(&self.undecided()) {
                Some(seeds) => format!("it would take about {seeds} seeds to decide half of them"),
                None if self.seeds < 2 => "run at least 5 seeds".into(),
                None => "more seeds alone will not decide them, more test data would".into(),
            };
            return format!("Use {name} for now: most comparisons are still undecided; {advice}.");
        }
        let equivalents = self.contenders(best).len() - 1;
        match choice.verdict {
            Verdict::Better => {
                format!("Use {name}: on the test samples it beat the one that validation chose.")
            }
            Verdict::Best if equivalents == 0 => {
                format!("Use {name}: nothing that was tried is shown to be as good.")
            }
            Verdict::Best if price(choice).is_none() => {
                format!(
                    "Use {name}: it came out best ({} others are as good).",
                    equivalents
                )
            }
            Verdict::Best => format!("Use {name}: it came out best, and nothing as good costs less."),
            _ => format!(
                "Use {name}: as good as the best ({}) here, and cheaper.",
                best.activation
            ),
        }
    }

    fn reasons(&self, best: &Standing, choice: &Standing) -> Vec<String> {
        let measure = self.measure;
        let interval = best.test.interval.map_or(String::new(), |i| {
            format!(
                " (95 % interval {} to {})",
                measure.value(i.low),
                measure.value(i.high)
            )
        });
        let (name, metric) = (&best.activation, measure.name());
        let (reached, over) = (measure.value(best.test.mean), runs(best.trials));
        let mut reasons = vec![if self.validated {
            let validation = measure.value(best.validation);
            format!(
                "{name} has the highest mean validation {metric} ({validation}); on the test samples it reaches \
                 {reached}{interval} over {over}."
            )
        } else {
            format!("{name} has the highest mean {metric}: {reached}{interval} over {over}.")
        }];
        let against = |s: &Standing| s.difference.map_or(String::new(), |d| measure.difference(&d));
        if choice.activation != best.activation {
            let price = match (price(choice), price(best)) {
                (Some(c), Some(b)) => format!(
                    "; it costs {} ns per element, forward and backward, against {} ns",
                    number(c),
                    number(b)
                ),
                _ => String::new(),
            };
            let relation = match choice.verdict {
                Verdict::Better => "beyond",
                _ => "all within",
            };
            reasons.push(format!(
                "{} differs from it by {}, {relation} the margin of {}{price}.",
                choice.activation,
                against(choice),
                measure.margin(self.margin),
            ));
        }
        let same: Vec<&str> = self
            .rows(Verdict::Equivalent)
            .filter(|s| s.activation != choice.activation && s.healthy)
            .map(|s| s.activation.as_str())
            .collect();
        if !same.is_empty() {
            reasons.push(format!("As good within the margin: {}.", list(&same)));
        }
        for sick in self.contenders(best).into_iter().filter(|s| !s.healthy) {
            let what = complaint(sick).unwrap_or_default();
            reasons.push(format!(
                "Not recommended although its {} is as good: {what}",
                measure.name()
            ));
        }
        for worse in self.rows(Verdict::Worse) {
            let why = trouble(worse).map_or(String::new(), |t| format!("; {t}"));
            reasons.push(format!("{} is worse: {}{why}.", worse.activation, against(worse)));
        }
        if let Some(control) = self.control().filter(|c| c.verdict == Verdict::Worse) {
            reasons.push(format!(
                "A non-linearity is worth it here: the linear control (identity) differs from the best by {}.",
                against(control)
            ));
        }
        reasons
    }

    /// Which comparisons are undecided, and which of them are so by a hair only.
    fn open_questions(&self, best: &Standing) -> Vec<String> {
        let undecided = self.undecided();
        if undecided.is_empty() {
            return Vec::new();
        }
        let names: Vec<String> = undecided.iter().map(|s| with_seeds(s)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut open = vec![format!(
            "Still undecided against {}: {}.",
            best.activation,
            list(&names)
        )];
        let below = |s: &&&Standing| s.difference.is_some_and(|d| d.interval.high < 0.0);
        let below: Vec<&str> = undecided
            .iter()
            .filter(below)
            .map(|s| s.activation.as_str())
            .collect();
        if !below.is_empty() {
            open.push(format!(
                "Shown to be below {} all the same (the interval excludes 0), if perhaps by less than the margin \
                 of {}: {}.",
                best.activation,
                self.measure.margin(self.margin),
                list(&below)
            ));
        }
        open
    }

    fn caveats(&self, best: &Standing, choice: &Standing) -> Vec<String> {
        let mut caveats = self.open_questions(best);
        if let Some(control) = self
            .control()
            .filter(|c| matches!(c.verdict, Verdict::Undecided { .. }))
        {
            let margin = self.measure.margin(self.margin);
            let shown = control.difference.map_or(String::new(), |d| {
                format!(
                    " (identity differs from {} by {})",
                    best.activation,
                    self.measure.difference(&d)
                )
            });
            caveats.push(format!(
                "It is not shown that an activation beats a linear network by more than {margin}{shown}."
            ));
        }
        if choice.verdict == Verdict::Better {
            caveats.push(format!(
                "{} was chosen on the test samples, which flatters it; confirm it with new seeds.",
                choice.activation
            ));
        }
        if !choice.healthy {
            caveats.extend(complaint(choice));
        } else if choice.failed > 0 {
            caveats.push(format!(
                "{} of {} of {} broke down.",
                choice.failed,
                runs(choice.trials),
                choice.activation
            ));
        }
        if (2..5).contains(&self.seeds) {
            caveats.push(format!(
                "{} seeds are few: intervals are wide and less exact.",
                self.seeds
            ));
        }
        caveats.extend(self.notes.iter().cloned());
        caveats
    }
}

/// Nanoseconds per element, forward and backward.
fn price(standing: &Standing) -> Option<f64> {
    standing.cost.map(|c| c.total())
}

/// How many seeds would decide at least half of these.
fn seeds_for_half(undecided: &[&Standing]) -> Option<usize> {
    let mut seeds: Vec<usize> = undecided.iter().map(|s| asked(s).unwrap_or(usize::MAX)).collect();
    seeds.sort_unstable();
    seeds
        .get(seeds.len().saturating_sub(1) / 2)
        .copied()
        .filter(|&n| n < usize::MAX)
}

/// How many seeds would decide this one.
fn asked(standing: &Standing) -> Option<usize> {
    match standing.verdict {
        Verdict::Undecided { seeds } => seeds,
        _ => None,
    }
}

/// `elu (about 40 seeds would decide)`
fn with_seeds(undecided: &Standing) -> String {
    match asked(undecided) {
        Some(seeds) => format!("{} (about {seeds} seeds would decide)", undecided.activation),
        None => undecided.activation.clone(),
    }
}

/// What is wrong with an activation, the two most frequent faults at most, without its name.
fn trouble(standing: &Standing) -> Option<String> {
    let mut parts = Vec::new();
    if standing.failed > 0 {
        parts.push(format!(
            "{} of {} broke down",
            standing.failed,
            runs(standing.trials)
        ));
    }
    let faults = standing.findings.iter().filter(|f| f.severity == Severity::Fault);
    parts.extend(faults.take(2).map(|f| f.words.clone()));
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The same as a sentence.
fn complaint(standing: &Standing) -> Option<String> {
    trouble(standing).map(|t| format!("{}: {t}.", standing.activation))
}
