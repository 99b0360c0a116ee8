//! The numbers on which verdicts turn, all in one place; the documentation of each check states its own and their source.

/// A slope below this share of the function's largest is near zero.
pub(crate) const FLAT: f64 = 0.01;

/// A unit whose slope is near zero on this share of its samples is saturated.
pub(crate) const ALMOST_ALL: f64 = 0.95;

/// The share of a layer's units that are dead, silent or saturated, from which on it is a finding.
pub(crate) const MANY_UNITS: f64 = 0.5;

/// The share of a layer's units that are saturated before any training, from which on it is a finding.
pub(crate) const BORN_SATURATED: f64 = 0.25;

/// The share from which on it stops a network from learning.
pub(crate) const MOST_UNITS: f64 = 0.75;

/// With an upper bound on the firing rate above this, there were too few samples to call a unit silent.
pub(crate) const FIRING_RATE: f64 = 0.05;

/// By how much, relative to the reference, the loss must have fallen for a network to have learnt anything.
pub(crate) const FALL: f64 = 0.05;

/// With a smaller fall than this it learns slowly.
pub(crate) const GOOD_FALL: f64 = 0.5;

/// So many standard errors of its noise is a loss sure to be below another.
pub(crate) const STANDARD_ERRORS: f64 = 2.0;

/// In fewer steps than this nothing is said of whether a network learns, unless it does.
pub(crate) const JUDGED_STEPS: u64 = 60;

/// The share of a run's steps that is its end.
pub(crate) const LATE: f64 = 0.1;

/// The fewest steps that are an end.
pub(crate) const LATE_STEPS: f64 = 8.0;

/// A loss within this of where it began has not moved.
pub(crate) const UNMOVED: f64 = 0.02;

/// One that has come down beyond its noise, but by less than this, has not moved either.
pub(crate) const BARELY_MOVED: f64 = 0.005;

/// A loss still comes down if each stretch is below the one before by this share.
pub(crate) const STILL_FALLING: f64 = 0.003;

/// A network that had come twice this far and is no longer this far has collapsed.
pub(crate) const COLLAPSE: f64 = 0.1;

/// The gradient in the first layer over that in the last, above which it has exploded.
pub(crate) const EXPLODED: f64 = 100.0;

/// The factor per layer above which a gradient explodes with depth.
pub(crate) const EXPLODES_PER_LAYER: f64 = 2.0;

/// The gradient in the first layer over that in the last, below which it has vanished.
pub(crate) const VANISHED: f64 = 1.0 / 100.0;

/// The factor per layer below which a gradient vanishes with depth.
pub(crate) const VANISHES_PER_LAYER: f64 = 1.0 / 2.0;

/// How many times larger or smaller than 1 the inputs may be.
pub(crate) const INPUT_SCALE: f64 = 10.0;

/// A network that has more of the constant's loss left has not come all the way.
pub(crate) const MUCH_LEFT: f64 = 0.1;

/// A network that has less of the constant's loss left copies its targets.
pub(crate) const COPIED: f64 = 0.02;

/// The share of the constant's loss that the last activation may put out of reach.
pub(crate) const OUT_OF_REACH: f64 = 0.1;

/// The median step, relative to the weight, above which steps are too large.
pub(crate) const LARGE_STEP: f64 = 0.1;

/// The single step, relative to the weight, that is too large by itself.
pub(crate) const OVERTHROW: f64 = 1.0;

/// The median step, relative to the weight, below which steps are too small.
pub(crate) const SMALL_STEP: f64 = 1e-5;

/// The median step, relative to the weight, below which a loss that comes down all the time but not far wants larger
/// ones.
pub(crate) const SLOW_STEP: f64 = 2e-3;

/// The size that healthy steps have, relative to the weight.
pub(crate) const HEALTHY_STEP: f64 = 1e-3;

/// All steps together, relative to the weight, below which a run has not moved it.
pub(crate) const STILL: f64 = 0.15;

/// In fewer steps than this no weight need have moved.
pub(crate) const LONG_RUN: u64 = 100;

/// After so many steps a network that learns has shown it.
pub(crate) const LONG_ENOUGH: u64 = 200;

/// By what a learning rate is divided or multiplied where no finding says.
pub(crate) const TENFOLD: f64 = 10.0;

/// The norm that gradients are clipped to.
pub(crate) const MAX_NORM: f64 = 1.0;

/// Fewer calls or steps than this say nothing of what is missing in a training loop.
pub(crate) const FEW_STEPS: u64 = 10;

/// The share of steps that begin with old gradients, from which on these are never cleared.
pub(crate) const LEFTOVERS: f64 = 0.9;

/// Outputs that differ less from sample to sample, relative to their size, are the same.
pub(crate) const NO_SPREAD: f64 = 1e-4;

/// Outputs that differ less, and less than this share of what they did at first, have become one point.
pub(crate) const SMALL_SPREAD: f64 = 0.01;

/// The share of a bounded function's samples that are flat, from which on a unit is saturated.
pub(crate) const MOST: f64 = 0.85;

/// With an upper bound on the firing rate above this, there were too few samples to call a part of a layer dead.
pub(crate) const FIRING_RATE_OF_A_PART: f64 = 0.015;

/// A loss this far above the constant's, relative to it, has been thrown there.
pub(crate) const ABOVE_CONSTANT: f64 = 0.1;

/// A loss so many times that of the constant, in a run that began below, has been thrown there.
pub(crate) const THROWN: f64 = 10.0;

/// A step that to first order could take so many times the constant's loss away goes too far.
pub(crate) const OVERSHOOT: f64 = 10.0;

/// Whole numbers whose mean and deviation are within this of those of equally frequent ones may be those of classes.
pub(crate) const AS_FREQUENT: f64 = 0.15;

/// What grows without bound has passed this before it overflows.
pub(crate) const LARGE_NUMBER: f64 = 1e6;

/// Outputs of an untrained layer that are so many times as large as inputs of the usual size have exploded.
pub(crate) const LARGE_OUTPUTS: f64 = 100.0;

/// The share of its inputs that a dropout leaves out, from which on it is too much.
pub(crate) const LEFT_OUT: f64 = 0.8;

/// The share of a network that may be frozen.
pub(crate) const MOSTLY_FROZEN: f64 = 0.5;

/// A weight decay that is added to the gradient is too strong from here on.
pub(crate) const DECAY: f64 = 0.05;

/// One that is taken from the weights is too strong if a step takes this share of them.
pub(crate) const DECAY_OF_A_STEP: f64 = 2e-3;

/// A learning rate below this share of the largest one has come to its end.
pub(crate) const ENDED_RATE: f64 = 1e-3;

/// The share of a run that may be trained at a rate that has come to its end.
pub(crate) const AFTER_THE_END: f64 = 0.5;

/// No rate is raised above this.
pub(crate) const LARGEST_RATE: f64 = 1.0;

/// With an optimiser that adapts its steps, above this.
pub(crate) const LARGEST_ADAPTIVE_RATE: f64 = 0.01;

/// Targets that vary less within a batch, relative to all, come in an order.
pub(crate) const IN_ORDER: f64 = 0.5;

/// In smaller batches targets may be alike by chance.
pub(crate) const SEVERAL_SAMPLES: u64 = 4;

/// A slope near zero for this share of the values of an untrained layer saturates it.
pub(crate) const FLAT_VALUES: f64 = 1.0 / 3.0;

/// The loss of an untrained network is not so many times that of the constant.
pub(crate) const LARGE_LOSS: f64 = 10.0;

/// Outputs of an untrained layer that are so many times as large as inputs of the usual size make such a loss.
pub(crate) const LARGER_OUTPUTS: f64 = 10.0;

/// The gradient at the first step in time over the largest, below which it has vanished through time.
pub(crate) const VANISHED_IN_TIME: f64 = 1e-4;

/// In fewer steps in time than this no gradient need have come all the way.
pub(crate) const MANY_STEPS_IN_TIME: u64 = 10;

/// A gate that lets through less is shut.
pub(crate) const SHUT: f64 = 0.01;

/// Fewer targets may be alike by chance.
pub(crate) const ENOUGH_TARGETS: u64 = 200;

/// The median step, relative to the weight, from which on a network does move.
pub(crate) const WORKING_STEP: f64 = 1e-4;

/// The share of steps along the gradient from which on these are no accident.
pub(crate) const UPHILL: f64 = 0.9;

/// A term of a loss that is a smaller share of it drowns in the others.
pub(crate) const DROWNED: f64 = 0.03;

/// Fewer dropouts are no chain.
pub(crate) const SEVERAL_DROPOUTS: usize = 3;

/// What several dropouts leave out of a sample together, from which on it is too much.
pub(crate) const LEFT_OUT_TOGETHER: f64 = 0.9;

/// A network that has come less far in a long run has hardly learnt.
pub(crate) const QUARTER: f64 = 0.25;

/// The gradient in the first layer over that in the last, below which it has vanished where nothing was learnt.
pub(crate) const SHRUNK: f64 = 0.1;

/// A number that is not finite in so many of the first steps is in the program from the start.
pub(crate) const FIRST_STEPS: u64 = 32;
