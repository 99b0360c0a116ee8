//! A learning rate that rises over the first steps.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::Remedy;

pub(crate) static WARM_UP: RemedyDefinition = RemedyDefinition {
    pytorch,
    keras,
    ..RemedyDefinition::new("warm_up", "Raise the learning rate slowly over the first steps.")
};

/// The share of a run that the warm-up takes.
const SHARE: u64 = 20;

/// So many steps: a twentieth of a run that is as long as this one, and at least ten.
fn steps(network: &Network<'_>) -> u64 {
    let last = network.record.snapshots.last().and_then(|s| s.steps);
    last.map_or(100, |[_, last]| ((last + 1) / SHARE).clamp(10, 1000))
}

fn pytorch(_: &Remedy, network: &Network<'_>) -> Option<String> {
    Some(format!(
        "warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters={})\n\
         # after each optimizer.step():\nwarmup.step()\n",
        steps(network)
    ))
}

fn keras(_: &Remedy, network: &Network<'_>) -> Option<String> {
    let steps = steps(network);
    Some(format!(
        "rate = float(model.optimizer.learning_rate)\n\
         model.optimizer.learning_rate = keras.optimizers.schedules.CosineDecay(\n    \
         rate / 100, decay_steps={}, warmup_target=rate, warmup_steps={steps})\n",
        SHARE * steps
    ))
}
