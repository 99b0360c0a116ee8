//! What the doctor's counts of one trial come to, in one number each.

use crate::trial::Trial;
use relume_doctor::{LayerInfo, LayerSnapshot, Record, Snapshot};

/// The layers that a record knows, with their last pass over the training data, without the gates of others.
fn last(trial: &Trial) -> Option<Vec<&LayerSnapshot>> {
    let record = trial.record.as_ref()?;
    Some(chosen(record, record.snapshots.last()?, Record::has_own_units))
}

/// Some layers in a pass.
fn chosen<'a>(
    record: &Record,
    pass: &'a Snapshot,
    is_chosen: fn(&Record, &LayerInfo) -> bool,
) -> Vec<&'a LayerSnapshot> {
    let layers = record.layers.iter().zip(&pass.layers);
    let layers = layers.filter(|(info, _)| is_chosen(record, info));
    layers.map(|(_, layer)| layer).collect()
}

/// Units watched in the network.
pub(super) fn units(trial: &Trial) -> Option<usize> {
    let record = trial.record.as_ref()?;
    let own = || record.layers.iter().filter(|layer| record.has_own_units(layer));
    (own().count() > 0).then(|| own().map(|l| l.units).sum())
}

/// A count over all layers; `None` where no layer shows what is needed for it.
fn count(trial: &Trial, of: fn(&LayerSnapshot) -> usize, known: fn(&LayerSnapshot) -> bool) -> Option<f64> {
    let layers = last(trial)?;
    layers
        .iter()
        .any(|layer| known(layer))
        .then(|| layers.iter().map(|layer| of(layer)).sum::<usize>() as f64)
}

/// Units dead after the last pass; without gradients the dead cannot be told from the silent.
pub(super) fn dead(trial: &Trial) -> Option<f64> {
    count(trial, |l| l.dead, |l| l.gradient_rms.is_some())
}

/// The same as a share of all units.
pub(super) fn dead_share(trial: &Trial) -> Option<f64> {
    Some(dead(trial)? / units(trial)? as f64)
}

/// Units silent in the last pass, as a share of all.
pub(super) fn silent_share(trial: &Trial) -> Option<f64> {
    Some(count(trial, |l| l.silent, LayerSnapshot::observed)? / units(trial)? as f64)
}

/// Share of outputs that are exactly zero in the last pass, averaged over the layers that were seen.
pub(super) fn zeros(trial: &Trial) -> Option<f64> {
    let layers = last(trial)?.into_iter();
    let zeros = layers.filter(|l| l.observed()).map(|l| l.zeros);
    let (sum, layers) = zeros.fold((0.0, 0.0), |(sum, n), x| (sum + x, n + 1.0));
    (layers > 0.0).then(|| sum / layers)
}

/// The gradient at the first layer over that at the last: the median over trained passes, or the untrained
/// one where there is no other.
pub(super) fn gradient_ratio(trial: &Trial) -> Option<f64> {
    let record = trial.record.as_ref()?;
    let snapshots = &record.snapshots;
    let ratio = |s: &Snapshot| {
        let in_series = chosen(record, s, Record::is_in_series);
        let [first, .., last] = in_series.as_slice() else {
            return None;
        };
        let ratio = first.gradient_rms? / last.gradient_rms?;
        ratio.is_finite().then_some(ratio)
    };
    let trained: Vec<f64> = snapshots
        .iter()
        .filter(|s| s.pass > 0)
        .filter_map(ratio)
        .collect();
    median(trained).or_else(|| ratio(snapshots.first()?))
}

/// The time that watching took over all trials that say it, relative to the rest of their time.
pub(super) fn watching(trials: &[Trial]) -> Option<f64> {
    let measured = trials.iter().filter_map(|t| Some((t.watching?, t.seconds)));
    let (watching, seconds) = measured.fold((0.0, 0.0), |(w, s), (watching, seconds)| {
        (w + watching, s + seconds)
    });
    (seconds > watching).then(|| watching / (seconds - watching))
}

/// The middle value; `None` of nothing.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    match n {
        0 => None,
        _ if n % 2 == 1 => Some(values[n / 2]),
        _ => Some(f64::midpoint(values[n / 2 - 1], values[n / 2])),
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn median_is_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0]), Some(2.5));
    }
}
