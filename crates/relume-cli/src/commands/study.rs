//! `relume study`: the main job.

use super::report::{Format, present};
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Progress;
use clap::Args;
use clap::builder::PossibleValuesParser;
use relume::Activation;
use relume_data::{Dataset, SplitBy, Tokens};
use relume_report::trial::Panel;
use relume_study::{
    Compared, DataSpec, Error, Function, Initialisation, NetworkKind, Optimizer, Pooling, Schedule, Session,
    Settings,
};
use std::path::{Path, PathBuf};
use std::time::Duration;
use strum::VariantNames;

/// Find the activation function for a task
///
/// Trains the same network with each activation, seed after seed, until it is decided which to use: what is clearly
/// beaten stops. Prints a ranked table and a recommendation with its statistics, and writes a report with pictures.
#[derive(Debug, Args)]
#[command(after_help = "Data:\n  \
    digits              1,797 handwritten digits of 8 × 8 pixels, built in (the default)\n  \
    a folder            of pictures (PNG, JPEG), one sub-folder per class\n  \
    a folder            of IDX files, gzipped or not, as MNIST has them\n  \
    FILE.csv            a table; the last column, or --label, is predicted; or a text and its label\n  \
    FILE.npz            arrays x and y\n  \
    a folder            of texts: one file per class (an example a line), or one sub-folder per class\n  \
    a folder            of WAV files: one sub-folder per class, or names such as 7_jackson_32.wav\n  \
    places              2,798 names of places, built in: which of twelve languages is it?\n  \
    spoken              2,560 spoken digits in 64 synthetic voices, built in\n  \
    mnist1d, adding     sequences that are computed, such as 'adding(length=200)'\n\n\
    Examples:\n  \
    relume study\n  \
    relume study --activations relu,gelu,leaky_relu(slope=0.2) --current gelu\n  \
    relume study photos/ --net cnn --image-size 32x32 --time 30m\n  \
    relume study wine.csv --label quality --depth 4\n  \
    relume study places --net gru --activations tanh,relu,elu\n  \
    relume study recordings/ --net lstm --gate-activation hard_sigmoid --time 10m\n  \
    relume study reviews.csv --text review --label stars --tokens words\n  \
    relume study --resume --out relume-study")]
pub(crate) struct Arguments {
    /// What to learn from: `digits`, `places`, `spoken`, `mnist1d`, `adding`, a folder, a .csv or an .npz file
    #[arg(default_value = "digits")]
    data: String,
    /// The kind of network [default: mlp for tables and pictures, gru for texts, cnn1d for recordings and other
    /// sequences]
    #[arg(long, value_parser = PossibleValuesParser::new(NetworkKind::VARIANTS))]
    net: Option<String>,
    /// Layers with an activation [default: 6 for mlp, 4 for cnn, 3 for cnn1d, 1 for rnn, gru
    /// and lstm, 2 for transformer]
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// Units of a dense or recurrent layer, or channels of a convolution, with cnn of the first [default: 16 for cnn, else 64]
    #[arg(long, value_name = "N")]
    width: Option<usize>,
    /// How the steps of a sequence become one row [default: what suits the network]
    #[arg(long, value_parser = PossibleValuesParser::new(Pooling::VARIANTS))]
    pool: Option<String>,
    /// Recurrent layers from the first step to the last and from the last to the first
    #[arg(long)]
    bidirectional: bool,
    /// Where in gru and lstm the activations stand that are compared
    #[arg(long, default_value = "state", value_parser = PossibleValuesParser::new(Compared::VARIANTS))]
    compare: String,
    /// The activation at the gates, where those at the state are compared [default: sigmoid]
    #[arg(long, value_name = "NAME")]
    gate_activation: Option<String>,
    /// The activation at the state, where those at the gates are compared [default: tanh]
    #[arg(long, value_name = "NAME")]
    state_activation: Option<String>,
    /// Read pictures pixel by pixel, not row by row, where the network takes steps
    #[arg(long)]
    pixels: bool,
    /// The activations to compare, separated by commas [default: a dozen, and identity as control]
    #[arg(long, value_name = "A,B,...")]
    activations: Option<String>,
    /// The activation in use now: it is kept unless another is shown to be better [default: relu]
    #[arg(long, value_name = "NAME")]
    current: Option<String>,
    /// How many seeds are compared at most, each with another split and other weights [default: 145 for mlp, 20 for
    /// cnn, 60 for cnn1d, else 40]
    #[arg(long, value_name = "N")]
    max_seeds: Option<usize>,
    /// When this time has passed, no more trials are begun, such as 90s, 3m or 1h; the search for learning rates takes half
    /// of it, or one seed [default: no limit]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    time: Option<Duration>,
    /// Shifts all seeds: studies with different numbers share none
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// The share of the samples on which networks are judged; a test part that came with the data is taken as it is
    #[arg(
        long,
        default_value_t = 0.4,
        value_name = "SHARE",
        allow_negative_numbers = true
    )]
    held_out: f64,
    /// Passes over the training data [default: 25 for mlp, 10 for cnn, else 20]
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// What turns gradients into updates; sgd has momentum 0.9 [default: sgd for mlp and cnn, else adam]
    #[arg(long, value_parser = PossibleValuesParser::new(Optimizer::VARIANTS))]
    optimizer: Option<String>,
    /// The learning rate for all; `auto` chooses one for each activation by the seeds before
    #[arg(
        long,
        default_value = "auto",
        value_name = "X|auto",
        allow_negative_numbers = true
    )]
    lr: String,
    /// The largest norm that the gradients of all parameters together may have, or `none` [default: 1 for recurrent networks,
    /// else none]
    #[arg(long, value_name = "NORM|none", value_parser = norm, allow_negative_numbers = true)]
    clip: Option<Norm>,
    /// Whether the learning rate falls to 0 over the run or stays
    #[arg(long, default_value = "linear", value_parser = PossibleValuesParser::new(Schedule::VARIANTS))]
    schedule: String,
    /// How weights are drawn; `auto` takes what suits the activation
    #[arg(long, default_value = "auto", value_parser = PossibleValuesParser::new(Initialisation::VARIANTS))]
    init: String,
    /// Samples per step [default: 64 for mlp, else 32]
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// Two activations closer than this many points are equivalent
    #[arg(
        long,
        default_value_t = 0.5,
        value_name = "POINTS",
        allow_negative_numbers = true
    )]
    margin: f64,
    /// Trials at once, one thread each [default: the number of cores]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// The column of a CSV file to predict, by name or number [default: the last]
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// The column of a CSV file that holds a text to predict from, by name or number [default: found by what is in it]
    #[arg(long, value_name = "COLUMN")]
    text: Option<String>,
    /// What the steps of a text are [default: words where the texts are long, otherwise characters]
    #[arg(long, value_parser = PossibleValuesParser::new(Tokens::VARIANTS))]
    tokens: Option<String>,
    /// Whether samples that belong together, such as those of one speaker, are held out together
    #[arg(long, default_value = "groups", value_parser = PossibleValuesParser::new(SplitBy::VARIANTS))]
    split: String,
    /// Height and width that pictures are brought to, such as 32x32 [default: their own, where all agree]
    #[arg(long, value_name = "HxW", value_parser = image_size)]
    image_size: Option<(usize, usize)>,
    /// Leave out the stress panel (poor initialisation)
    #[arg(long)]
    no_stress: bool,
    /// Where trials and report go [default: relume-study, or the first free relume-study-2, -3, ...]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on with the study in --out: trials that are there already are not run again
    #[arg(long)]
    resume: bool,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let source = arguments.source();
    // What is wrong with the command is said before data is read, so far as it does not depend on the data.
    if let Some(kind) = arguments.net.as_deref().map(word) {
        arguments.settings(source.clone(), kind)?.check()?;
    }
    let (data, usual) = source.open()?;
    let settings = arguments.settings(source, usual)?;
    settings.check()?;
    let data = settings.data.feed(data, settings.network.kind)?;
    let folder = arguments.folder()?;
    let command = std::env::args()
        .skip(1)
        .fold("relume".to_string(), |line, word| line + " " + &quoted(&word));
    let session = Session::open(&settings, &data, &folder, arguments.resume, &command)?;

    announce(&data, &settings);
    interrupt::listen();
    let progress = Progress::new(settings.jobs);
    let result = session.run(&progress);
    progress.finish();
    let (study, trials) = match result {
        Err(Error::Interrupted) => return Err(Failure::failed(interrupted(&folder, &command))),
        result => result?,
    };
    if settings.time.is_some() && !trials.iter().any(|trial| trial.panel == Panel::Main) {
        return Err(Failure::failed(too_short(trials.len(), &folder, &command)));
    }
    present(&study, &trials, &folder, arguments.format)
}

impl Arguments {
    fn source(&self) -> DataSpec {
        DataSpec {
            label: self.label.clone(),
            image_size: self.image_size,
            text: self.text.clone(),
            tokens: self.tokens.as_deref().map(word),
            split: word(&self.split),
            pixels: self.pixels,
            ..DataSpec::of(&self.data)
        }
    }

    /// The settings, for data that a kind of network usually takes.
    fn settings(&self, data: DataSpec, usual: NetworkKind) -> Result<Settings, Failure> {
        let kind = self.net.as_deref().map_or(usual, word);
        let mut settings = Settings::new(kind, &self.data);
        settings.data = data;
        settings.network.pooling = self.pool.as_deref().map(word);
        settings.network.bidirectional = self.bidirectional;
        settings.network.compared = word(&self.compare);
        settings.network.beside = self.beside(settings.network.compared)?;
        if let Some(optimizer) = &self.optimizer {
            settings.optimizer = word(optimizer);
        }
        settings.schedule = word(&self.schedule);
        if let Some(Norm(bound)) = self.clip {
            settings.clip = bound;
        }
        settings.initialisation = word(&self.init);
        settings.stress = !self.no_stress;
        settings.margin = self.margin / 100.0;
        if let Some(list) = &self.activations {
            settings.activations = activations(list)?;
        }
        match &self.current {
            Some(text) => {
                let current: Function = text.parse()?;
                if !settings.activations.contains(&current) {
                    settings.activations.push(current);
                }
                settings.current = Some(current);
            }
            // What is not named is not added.
            None => {
                settings.current = settings
                    .current
                    .filter(|known| settings.activations.contains(known))
            }
        }
        settings.learning_rate = match self.lr.as_str() {
            "auto" => None,
            text => Some(
                text.parse()
                    .map_err(|_| Failure::usage(format!("--lr: `{text}` is neither a number nor `auto`")))?,
            ),
        };
        settings.network.depth = self.depth.unwrap_or(settings.network.depth);
        settings.network.width = self.width.unwrap_or(settings.network.width);
        settings.max_seeds = self.max_seeds.unwrap_or(settings.max_seeds);
        settings.time = self.time;
        settings.seed = self.seed;
        settings.held_out = self.held_out;
        settings.epochs = self.epochs.unwrap_or(settings.epochs);
        settings.batch = self.batch.unwrap_or(settings.batch);
        settings.jobs = self.jobs.unwrap_or(settings.jobs).max(1);
        Ok(settings)
    }

    /// The activation of a recurrent network that is not compared.
    fn beside(&self, compared: Compared) -> Result<Option<String>, Failure> {
        let places = [
            ("--gate-activation", &self.gate_activation),
            ("--state-activation", &self.state_activation),
        ];
        let [(_, beside), (flag, idle)] = match compared {
            Compared::State => places,
            Compared::Gate => [places[1], places[0]],
        };
        if let Some(idle) = idle {
            return Err(Failure::usage(format!(
                "{flag}: `{idle}` stands where activations are compared; add it to --activations, or compare those of the other \
                 place with --compare"
            )));
        }
        let beside = beside.as_deref().map(str::parse::<Activation>).transpose()?;
        Ok(beside.map(|beside| beside.to_string()))
    }

    fn folder(&self) -> Result<PathBuf, Failure> {
        match (&self.out, self.resume) {
            (Some(folder), _) => Ok(folder.clone()),
            (None, true) => Err(Failure::usage(
                "--resume: say with --out DIR which study to go on with",
            )),
            (None, false) => Ok(free_folder()),
        }
    }
}

/// Values that clap has checked already.
fn word<T: std::str::FromStr>(text: &str) -> T {
    text.parse()
        .unwrap_or_else(|_| unreachable!("clap accepts only the words of the type"))
}

/// Splits at the commas that are not inside parentheses.
fn activations(list: &str) -> Result<Vec<Function>, Failure> {
    let mut depth = 0;
    let parts = list.split(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    });
    parts.map(|part| Ok(part.trim().parse::<Function>()?)).collect()
}

/// A bound, or none.
#[derive(Clone, Copy, Debug)]
struct Norm(Option<f64>);

fn norm(text: &str) -> Result<Norm, String> {
    let number = || {
        text.parse()
            .map_err(|_| "expected a number or `none`".to_string())
    };
    Ok(Norm(if text == "none" { None } else { Some(number()?) }))
}

fn image_size(text: &str) -> Result<(usize, usize), String> {
    let sides = text
        .split_once('x')
        .and_then(|(h, w)| Some((h.parse().ok()?, w.parse().ok()?)));
    match sides {
        Some((height, width)) if (1..=4096).contains(&height) && (1..=4096).contains(&width) => {
            Ok((height, width))
        }
        _ => Err("expected height and width from 1 to 4096, such as 32x32".to_string()),
    }
}

/// A time such as `90s`, `3m` or `1.5h`.
fn duration(text: &str) -> Result<Duration, String> {
    let units = [("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let seconds = units.iter().find_map(|(unit, seconds)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(number * seconds)
    });
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|time| !time.is_zero())
        .ok_or_else(|| "expected a number and s, m or h, such as 90s or 3m".to_string())
}

fn free_folder() -> PathBuf {
    let numbered = (2..).map(|number| PathBuf::from(format!("relume-study-{number}")));
    std::iter::once(PathBuf::from("relume-study"))
        .chain(numbered)
        .find(|folder| !folder.exists())
        .expect("numbers do not run out")
}

fn announce(data: &Dataset, settings: &Settings) {
    eprintln!("{}", data.description);
    for note in &data.notes {
        eprintln!("note: {note}");
    }
    eprintln!(
        "{} activations, at most {} seeds, {} trials at once",
        settings.activations.len(),
        settings.max_seeds,
        settings.jobs
    );
}

fn interrupted(folder: &Path, command: &str) -> String {
    format!(
        "interrupted; finished trials are kept in {}. Go on with:\n  {}",
        folder.display(),
        resuming(folder, command)
    )
}

/// The time ended while learning rates were tried.
fn too_short(trials: usize, folder: &Path, command: &str) -> String {
    format!(
        "the time ended after the {trials} trials that choose learning rates, before anything was compared; they are kept \
         in {}. Go on, with more time, by:\n  {}",
        folder.display(),
        resuming(folder, command)
    )
}

/// The command that goes on with a study.
fn resuming(folder: &Path, command: &str) -> String {
    let resumed = if command.contains("--resume") {
        ""
    } else {
        " --resume"
    };
    let out = if command.contains("--out") {
        String::new()
    } else {
        format!(" --out {}", folder.display())
    };
    format!("{command}{resumed}{out}")
}

/// A word as a shell would need it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,=:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_string()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_inside_parentheses_do_not_separate() {
        let found = activations("relu, elu(alpha=0.5),leaky_relu(slope=0.2)").unwrap();
        let names: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["relu", "elu(alpha=0.5)", "leaky_relu(slope=0.2)"]);
    }

    #[test]
    fn a_command_line_can_be_repeated_in_a_shell() {
        assert_eq!(quoted("photos/cats"), "photos/cats");
        assert_eq!(quoted("it's (mine)"), r"'it'\''s (mine)'");
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1.5h"), Ok(Duration::from_secs(5400)));
        for wrong in ["3", "m", "-1m", "0s", "1e300h", "NaNs"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn image_sizes_are_checked() {
        assert_eq!(image_size("28x32"), Ok((28, 32)));
        assert!(image_size("0x4").is_err() && image_size("28").is_err() && image_size("9999x9999").is_err());
    }
}
