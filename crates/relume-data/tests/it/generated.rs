//! Data sets that are computed: MNIST-1D against its authors' generator, the adding problem against its definition, and
//! how both are written.

use crate::{labels, message};
use proptest::prelude::*;
use relume_data::{Dataset, Options, Shape, Targets, open};

fn made(text: &str) -> Dataset {
    open(text, &Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// A row of `fixtures/mnist1d.csv`, which `reference/curves.py` printed: one step of the samples of one class.
struct Published {
    class: u32,
    step: usize,
    samples: f64,
    mean: f64,
    variance: f64,
    fourth: f64,
    product: f64,
    product_variance: f64,
}

fn published() -> Vec<Published> {
    let text = include_str!("../fixtures/mnist1d.csv");
    let row = |line: &str| {
        let numbers: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        Published {
            class: numbers[0] as u32,
            step: numbers[1] as usize,
            samples: numbers[2],
            mean: numbers[3],
            variance: numbers[4],
            fourth: numbers[5],
            product: numbers[6],
            product_variance: numbers[7],
        }
    };
    text.lines().skip(1).map(row).collect()
}

/// The distance between two averages in standard errors of their difference; `variance` is that of one of the summands.
fn apart(ours: f64, theirs: f64, variance: f64, samples: [f64; 2]) -> f64 {
    (ours - theirs) / (variance / samples[0] + variance / samples[1]).sqrt()
}

#[test]
fn mnist1d_is_distributed_as_its_authors_generator_makes_it() {
    const LAG: usize = 3;
    let data = made("mnist1d(train=100000, seed=5)");
    let from = data.test_from.unwrap();
    let (labels, _) = labels(&data);
    let (mut means, mut variances, mut products) = (vec![], vec![], vec![]);
    let rows = published();
    for class in 0..10 {
        let samples: Vec<&[f32]> = (0..from)
            .filter(|&i| labels[i] == class)
            .map(|i| data.inputs.sample(i))
            .collect();
        let n = samples.len() as f64;
        assert_eq!(n, 10_000.0);
        let average = |of: &dyn Fn(&[f32]) -> f64| samples.iter().map(|sample| of(sample)).sum::<f64>() / n;
        let own: Vec<f64> = (0..40)
            .map(|step| average(&|sample| f64::from(sample[step])))
            .collect();
        for row in rows.iter().filter(|row| row.class == class) {
            let step = row.step;
            let sizes = [n, row.samples];
            let deviation = |sample: &[f32], step: usize| f64::from(sample[step]) - own[step];
            means.push(apart(own[step], row.mean, row.variance, sizes));
            let variance = average(&|sample| deviation(sample, step).powi(2));
            let spread = row.fourth - row.variance.powi(2);
            variances.push(apart(variance, row.variance, spread, sizes));
            if step + LAG < 40 {
                let product = average(&|sample| deviation(sample, step) * deviation(sample, step + LAG));
                products.push(apart(product, row.product, row.product_variance, sizes));
            }
        }
    }
    assert_eq!((means.len(), variances.len(), products.len()), (400, 400, 370));
    // Of so many standard normal numbers hardly one is beyond 4.5, and their squares are 1 on average; neighbouring
    // steps are correlated, so this average is not sharp.
    for (what, distances) in [("mean", means), ("variance", variances), ("product", products)] {
        let largest = distances.iter().fold(0_f64, |most, z| most.max(z.abs()));
        let square = distances.iter().map(|z| z * z).sum::<f64>() / distances.len() as f64;
        assert!(largest < 4.5 && square < 1.4, "{what}: {largest}, {square}");
    }
}

/// How many samples each class has.
fn counts(labels: &[u32]) -> [usize; 10] {
    std::array::from_fn(|class| labels.iter().filter(|label| **label == class as u32).count())
}

#[test]
fn mnist1d_has_as_many_samples_as_wanted_and_classes_as_often() {
    let data = made("mnist1d");
    assert_eq!((data.len(), data.test_from), (5000, Some(4000)));
    assert_eq!(
        data.inputs.shape,
        Shape::Sequence {
            steps: 40,
            channels: 1
        }
    );
    assert!(
        data.description
            .starts_with("5,000 sequences of 40 steps in 10 classes from relume's generator of MNIST-1D"),
        "{}",
        data.description
    );
    let of = labels(&data).0;
    assert!(counts(&of[..4000]) == [400; 10]);
    assert!(counts(&of[4000..]) == [100; 10]);
    // Not in the order of the classes.
    assert!(
        of.windows(10)
            .any(|ten| counts(ten).iter().any(|count| *count > 2))
    );
    // The training samples are the same however many are tested on, and centred by themselves.
    let more = made("mnist1d(test=1003)");
    assert_eq!(more.inputs.values[..4000 * 40], data.inputs.values[..4000 * 40]);
    assert_eq!(more.len(), 5003);
    let train = &data.inputs.values[..4000 * 40];
    let mean = train.iter().map(|v| f64::from(*v)).sum::<f64>() / train.len() as f64;
    let square = train.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / train.len() as f64;
    assert!(
        mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-6,
        "{mean} {square}"
    );
}

#[test]
fn a_seed_makes_the_same_samples_on_every_machine() {
    // Recorded; a change of these changes everyone's trials.
    assert_eq!(made("mnist1d").fingerprint(), "ccb9f7deda5081ae25db24fca5c1a8e7");
    assert_eq!(
        made("adding(length=10)").fingerprint(),
        "13083892631921043549b44aa0d009fb"
    );
    assert_eq!(made("mnist1d(seed=0)"), made("mnist1d"));
    assert_ne!(made("mnist1d(seed=1)").inputs, made("mnist1d").inputs);
    assert_ne!(made("adding(seed=1)").inputs, made("adding").inputs);
}

#[test]
fn the_mean_of_the_adding_problem_is_off_by_a_sixth() {
    let data = made("adding(length=7, samples=40000, seed=2)");
    let Targets::Values(sums) = &data.targets else {
        panic!("a regression")
    };
    let n = sums.len() as f64;
    let mean = sums.iter().map(|sum| f64::from(*sum)).sum::<f64>() / n;
    let error = sums
        .iter()
        .map(|sum| (f64::from(*sum) - 1.0).powi(2))
        .sum::<f64>()
        / n;
    // Of the sum of two uniform numbers: the variance 1/6, and that of its squared deviation 7/180.
    assert!((mean - 1.0).abs() < 4.0 * (1.0 / 6.0 / n).sqrt(), "{mean}");
    assert!(
        (error - 1.0 / 6.0).abs() < 4.0 * (7.0 / 180.0 / n).sqrt(),
        "{error}"
    );
    // Each of the 21 pairs of steps is marked as often: chi-squared with 20 degrees of freedom, beyond 45.3 once in a
    // thousand.
    let mut times = std::collections::BTreeMap::new();
    for sample in 0..data.len() {
        let steps = data.inputs.sample(sample).chunks(2).enumerate();
        let marked: Vec<usize> = steps.filter(|(_, step)| step[1] == 1.0).map(|(i, _)| i).collect();
        *times.entry(marked).or_insert(0.0) += 1.0;
    }
    assert_eq!(times.len(), 21);
    let expected = n / 21.0;
    let chi: f64 = times
        .values()
        .map(|times: &f64| (times - expected).powi(2) / expected)
        .sum();
    assert!(chi < 45.3, "{chi}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn two_steps_are_marked_and_their_sum_is_asked_for(length in 2_usize..60, samples in 10_usize..40, seed: u64) {
        let data = made(&format!("adding(length={length},samples={samples},seed={seed})"));
        prop_assert_eq!(data.len(), samples);
        let Targets::Values(sums) = &data.targets else { panic!("a regression") };
        for (sample, &sum) in sums.iter().enumerate() {
            let steps: Vec<&[f32]> = data.inputs.sample(sample).chunks(2).collect();
            prop_assert_eq!(steps.len(), length);
            prop_assert!(steps.iter().all(|step| (0.0..=1.0).contains(&step[0]) && (step[1] == 0.0 || step[1] == 1.0)));
            prop_assert_eq!(steps.iter().map(|step| step[1]).sum::<f32>(), 2.0);
            let marked: f32 = steps.iter().map(|step| step[0] * step[1]).sum();
            prop_assert!((marked - sum).abs() < 1e-6);
        }
    }

    #[test]
    fn any_parameters_are_read_or_refused_in_one_line(
        text in "(mnist1d|adding)[(]([a-z]{0,7}[=, ]{0,2}[-0-9.e]{0,3}[,)(]?){0,4}",
    ) {
        if let Err(error) = open(&text, &Options::default()) {
            let message = error.to_string();
            prop_assert!(message.starts_with(&text) && !message.contains(char::is_control), "{}", message);
        }
    }
}

#[test]
fn wrong_parameters_are_answered_with_what_is_right() {
    let said = |text: &str| message(open(text, &Options::default()));
    assert_eq!(
        said("mnist1d(tests=20)"),
        "mnist1d(tests=20): there is no parameter `tests`, only train, test, seed; did you mean test?; expected for \
         example `mnist1d(train=4000, test=1000, seed=0)`"
    );
    assert!(said("mnist1d(test=9)").contains("test is `9`, not a whole number from 10 to 1,000,000"));
    assert!(said("mnist1d(seed=-1)").contains("seed is `-1`, not a whole number below 2^64"));
    assert!(said("mnist1d(test=2e4)").contains("test is `2e4`"));
    assert!(said("adding(length=1)").contains("from 2 to 10,000"));
    assert!(said("adding(length=10001)").contains("from 2 to 10,000"));
    assert!(said("adding(length=5, length=5)").contains("length is given twice"));
    assert!(said("adding(5)").contains("`5` is not of the form name=value"));
    assert!(said("adding(length=5").contains("closing parenthesis"));
    assert!(
        said("adding(length=10000, samples=1000000)")
            .contains("1,000,000 sequences of 10,000 steps are too many")
    );
    assert!(said("mnist1(test=20)").ends_with("did you mean mnist1d?"));
    assert!(said("addding").ends_with("did you mean adding?"));
    let named = made(" adding( samples = 12 ,length=3 ) ");
    assert_eq!(&*named.name, "adding(length=3, samples=12)");
    assert_eq!(made("adding()"), made("adding"));
}
