//! What to use, in plain words.

use super::findings::runs;
use super::metric::Measure;
use super::sequential::FEWEST;
use super::verdict::{Difference, Recommendation, Standing, Verdict};
use relume_doctor::Severity;
use relume_doctor::words::{list, number, percent};

/// A cheaper activation takes the place of the best only if it is shown to be within this share of the margin. What may be
/// lower by all of it is often shown to be below in another study, with other seeds.
const EQUALLY_GOOD: f64 = 0.5;

/// Everything that the recommendation rests on.
pub(super) struct Case<'a> {
    pub(super) standings: &'a [Standing],
    pub(super) margin: f64,
    pub(super) measure: Measure<'a>,
    /// How many seeds were judged.
    pub(super) seeds: usize,
    /// What is in use now.
    pub(super) current: Option<&'a str>,
    /// Caveats about the data that are known already.
    pub(super) notes: &'a [String],
}

/// The answer: what a person would do.
pub(super) fn recommend(case: &Case<'_>) -> Recommendation {
    let Some(best) = case.rows(Verdict::Best).next() else {
        let headline = match case.standings.iter().any(|s| !s.control) {
            true => "No activation got through training: lower the learning rate and try again.",
            false => "No activation was tried besides the control, so there is nothing to recommend.",
        };
        return Recommendation {
            headline: headline.into(),
            reasons: case.standings.iter().filter_map(complaint).collect(),
            ..Recommendation::default()
        };
    };
    let answer = case.answer(best);
    let choice = answer.choice.unwrap_or(best);
    Recommendation {
        activation: answer.choice.map(|choice| choice.activation.clone()),
        group: names(&case.group(best))
            .iter()
            .map(|&name| name.to_owned())
            .collect(),
        headline: answer.headline,
        reasons: case.reasons(best, choice),
        caveats: case.caveats(best, choice),
    }
}

/// What to use, if anything was shown, and the sentence that says so.
struct Answer<'a> {
    choice: Option<&'a Standing>,
    headline: String,
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

    /// The best and its equivalents.
    fn group(&self, best: &'a Standing) -> Vec<&'a Standing> {
        std::iter::once(best)
            .chain(self.rows(Verdict::Equivalent))
            .collect()
    }

    /// Those of the group that are shown to be within half of the margin of the best, and not to be below it.
    fn level(&self, best: &'a Standing) -> Vec<&'a Standing> {
        let group = self.group(best).into_iter();
        group.filter(|standing| self.is_level(standing)).collect()
    }

    fn is_level(&self, standing: &Standing) -> bool {
        let near = |d: &Difference| d.interval.low >= -EQUALLY_GOOD * self.margin;
        standing.difference.as_ref().is_none_or(near) && !is_below(standing)
    }

    /// Of those, the cheapest healthy one. Where costs are unknown it is the one in use, or the best.
    fn choose(&self, best: &'a Standing) -> &'a Standing {
        let group = self.level(best);
        let healthy: Vec<&Standing> = group.iter().copied().filter(|s| s.healthy).collect();
        let prices = healthy.iter().map(|s| Some((*s, price(s)?)));
        let cheapest = prices.collect::<Option<Vec<_>>>().and_then(|prices| {
            let cheaper = |(_, a): &(_, f64), (_, b): &(_, f64)| a.total_cmp(b);
            prices.into_iter().min_by(cheaper).map(|(standing, _)| standing)
        });
        let current = healthy
            .iter()
            .copied()
            .find(|s| Some(s.activation.as_str()) == self.current);
        cheapest.or(current).or(healthy.first().copied()).unwrap_or(best)
    }

    fn answer(&self, best: &'a Standing) -> Answer<'a> {
        let (group, choice) = (self.level(best), self.choose(best));
        let name = &choice.activation;
        let linear = self.control().map(|control| control.verdict);
        if let Some(verdict @ (Verdict::Equivalent | Verdict::Better)) = linear {
            let good = if verdict == Verdict::Better {
                "better"
            } else {
                "as good"
            };
            return Answer {
                choice: Some(choice),
                headline: format!(
                    "This task does not need a non-linearity here: a linear network (identity) is {good}. If there must be \
                     one, use {name}."
                ),
            };
        }
        if self.undecided().is_empty() {
            let headline = match group.len() {
                1 if self.group(best).len() == 1 => {
                    format!("Use {name}: nothing else that was tried is as good.")
                }
                1 => format!("Use {name}: it is the best, if by less than the margin."),
                _ if group.iter().all(|s| price(s).is_some())
                    && choice.healthy
                    && group.iter().all(|s| s.healthy) =>
                {
                    format!(
                        "{} are equally good here, and {name} is the cheapest.",
                        list(&names(&group))
                    )
                }
                _ => format!("{} are equally good here: use {name}.", list(&names(&group))),
            };
            return Answer {
                choice: Some(choice),
                headline,
            };
        }
        let current = self
            .standings
            .iter()
            .find(|s| Some(s.activation.as_str()) == self.current);
        let beaten = current.filter(|s| s.verdict == Verdict::Worse || is_below(s));
        match (beaten, current) {
            (Some(current), _) => {
                // What is as good as the best need not be better than what is in use.
                let better = self.shown_better(current).unwrap_or(best);
                Answer {
                    choice: Some(better),
                    headline: format!(
                        "Use {}: it is shown to be better than {}{}. Whether others are as good is open.",
                        better.activation,
                        current.activation,
                        match current.verdict {
                            Verdict::Equivalent | Verdict::SlightlyWorse =>
                                ", though by less than the margin",
                            _ => "",
                        }
                    ),
                }
            }
            (None, Some(current))
                if current.verdict == Verdict::Equivalent && current.healthy && self.is_level(current) =>
            {
                Answer {
                    choice: Some(current),
                    headline: format!(
                        "Keep {}: it is as good as {}, the best. Whether {} may be as good too is open.",
                        current.activation,
                        best.activation,
                        list(&names(&self.undecided()))
                    ),
                }
            }
            (None, Some(current)) => Answer {
                choice: None,
                headline: format!(
                    "No activation was shown to be better than {} within the budget: keep what you have.",
                    current.activation
                ),
            },
            (None, None) => Answer {
                choice: None,
                headline: "No difference was shown among the best within the budget: keep what you have."
                    .into(),
            },
        }
    }

    /// The one that is shown to be better than this.
    fn shown_better(&self, beaten: &Standing) -> Option<&'a Standing> {
        let to = &beaten.difference.as_ref()?.to;
        self.standings.iter().find(|s| s.activation == *to)
    }

    fn reasons(&self, best: &Standing, choice: &Standing) -> Vec<String> {
        let measure = self.measure;
        let mut reasons = Vec::new();
        if let Some(test) = best.test {
            let interval = test.interval.map_or(String::new(), |i| {
                format!(
                    " (95 % interval {} to {})",
                    measure.value(i.low),
                    measure.value(i.high)
                )
            });
            reasons.push(format!(
                "{} has the highest mean {}: {}{interval} over {}.",
                best.activation,
                measure.name(),
                measure.value(test.mean),
                runs(best.trials)
            ));
        }
        let against = |s: &Standing| {
            let other = |to: &str| match to == best.activation {
                true => String::new(),
                false => format!(" compared with {to}"),
            };
            s.difference.as_ref().map_or(String::new(), |d| {
                format!("{}{}", measure.difference(d), other(&d.to))
            })
        };
        if choice.activation != best.activation {
            let price = match (price(choice), price(best)) {
                (Some(c), Some(b)) => format!(
                    "; it costs {} ns per element, forward and backward, against {} ns",
                    number(c),
                    number(b)
                ),
                _ => String::new(),
            };
            let level = choice.verdict == Verdict::Equivalent && self.is_level(choice);
            let near = level.then(|| {
                format!(
                    ", all within half of the margin of {}",
                    measure.margin(self.margin)
                )
            });
            reasons.push(format!(
                "{} differs from it by {}{}{price}.",
                choice.activation,
                against(choice),
                near.unwrap_or_default(),
            ));
        }
        let near = |below: bool| {
            let others = self
                .rows(Verdict::Equivalent)
                .filter(|s| s.activation != choice.activation);
            let others: Vec<&Standing> = others.filter(|s| s.healthy && is_below(s) == below).collect();
            (!others.is_empty()).then(|| list(&names(&others)))
        };
        if let Some(same) = near(false) {
            reasons.push(format!("As good within the margin: {same}."));
        }
        if let Some(below) = near(true) {
            reasons.push(format!(
                "Shown to be below, but by less than the margin: {below}."
            ));
        }
        for sick in self.group(best).into_iter().filter(|s| !s.healthy) {
            let what = complaint(sick).unwrap_or_default();
            reasons.push(format!(
                "Not recommended although its {} is as good: {what}",
                measure.name()
            ));
        }
        for standing in self.standings.iter().filter(|s| !s.control) {
            let verdict = match standing.verdict {
                Verdict::Worse => "worse",
                Verdict::SlightlyWorse => "slightly worse",
                Verdict::Below { .. } => "below, perhaps by less than the margin",
                _ => continue,
            };
            let parts: Vec<String> = [
                Some(against(standing)).filter(|a| !a.is_empty()),
                trouble(standing),
            ]
            .into_iter()
            .flatten()
            .collect();
            reasons.push(format!(
                "{} is {verdict}: {}.",
                standing.activation,
                parts.join("; ")
            ));
        }
        if let Some(control) = self.control().filter(|c| c.verdict == Verdict::Worse) {
            reasons.push(format!(
                "A non-linearity is worth it here: the linear control (identity) differs from the best by {}.",
                against(control)
            ));
        }
        reasons
    }

    fn caveats(&self, best: &Standing, choice: &Standing) -> Vec<String> {
        let mut caveats = Vec::new();
        let open: Vec<String> = self.undecided().iter().map(|s| with_seeds(s)).collect();
        if !open.is_empty() {
            caveats.push(format!(
                "Still undecided against {}: {}.",
                best.activation,
                list(&open)
            ));
        }
        let open = |s: &&Standing| matches!(s.verdict, Verdict::Undecided { .. } | Verdict::Below { .. });
        if let Some(control) = self.control().filter(open) {
            let margin = self.measure.margin(self.margin);
            let shown = control.difference.as_ref().map_or(String::new(), |d| {
                format!(
                    " (identity differs from {} by {})",
                    best.activation,
                    self.measure.difference(d)
                )
            });
            caveats.push(format!(
                "It is not shown that an activation beats a linear network by more than {margin}{shown}."
            ));
        }
        if !choice.healthy {
            caveats.extend(complaint(choice));
        } else if choice.failed > 0 {
            caveats.push(format!("{} {}.", choice.activation, breakdowns(choice)));
        }
        if (1..FEWEST).contains(&self.seeds) {
            let few = if self.seeds == 1 {
                "1 seed is".into()
            } else {
                format!("{} seeds are", self.seeds)
            };
            caveats.push(format!(
                "{few} too few: nothing is said with fewer than {FEWEST}."
            ));
        }
        caveats.extend(self.notes.iter().cloned());
        caveats
    }
}

fn names<'a>(standings: &[&'a Standing]) -> Vec<&'a str> {
    standings.iter().map(|s| s.activation.as_str()).collect()
}

/// "broke down in 1 of 20 runs (0.1 % to 25 %)"
fn breakdowns(standing: &Standing) -> String {
    format!(
        "broke down in {} of {} ({} to {})",
        standing.failed,
        runs(standing.trials),
        percent(standing.failed_share.low),
        percent(standing.failed_share.high)
    )
}

/// Whether it is shown to be below another, by however little.
fn is_below(standing: &Standing) -> bool {
    standing
        .difference
        .as_ref()
        .is_some_and(|d| d.interval.high < 0.0)
}

/// Nanoseconds per element, forward and backward.
fn price(standing: &Standing) -> Option<f64> {
    standing.cost.map(|c| c.total())
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
        parts.push(format!("it {}", breakdowns(standing)));
    }
    let faults = standing.findings.iter().filter(|f| f.severity == Severity::Fault);
    parts.extend(faults.take(2).map(|f| f.words.clone()));
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The same as a sentence.
fn complaint(standing: &Standing) -> Option<String> {
    trouble(standing).map(|t| format!("{}: {t}.", standing.activation))
}
