//! A judgement as text: for a terminal, for Markdown, as JSON. No text ends with a line break.

use crate::judge::metric::Measure;
use crate::judge::{Help, Judgement, Standing, Treatment, Verdict};
use crate::terminal::{self, bold, fitted, printable, wrap};
use comfy_table::{Cell, Color};
use relume_doctor::words::{fixed, number, percent};

pub use crate::terminal::Terminal;

/// One column of the table: its head and what a row shows in it.
struct Column {
    head: &'static str,
    /// What the column says in full, for the line below.
    meaning: &'static str,
    cell: fn(&Standing, Measure<'_>) -> String,
    left: bool,
}

const COLUMNS: [Column; 11] = [
    Column {
        head: "activation",
        meaning: "",
        cell: |s, _| printable(&s.activation),
        left: true,
    },
    Column {
        head: "",
        meaning: "",
        cell: test,
        left: false,
    },
    Column {
        head: "seeds",
        meaning: "seeds that it ran before it stopped",
        cell: |s, _| s.trials.to_string(),
        left: false,
    },
    Column {
        head: "broke",
        meaning: "trials that broke down",
        cell: broke,
        left: false,
    },
    Column {
        head: "gap",
        meaning: "train minus test",
        cell: |s, measure| or_dash(s.gap, |x| measure.gap(x)),
        left: false,
    },
    Column {
        head: "epochs",
        meaning: "epochs to 95 % of its best",
        cell: |s, _| or_dash(s.epochs_to_95, |x| fixed(x, 1)),
        left: false,
    },
    Column {
        head: "dead",
        meaning: "dead units",
        cell: dead,
        left: false,
    },
    Column {
        head: "zeros",
        meaning: "zeros among outputs",
        cell: |s, _| or_dash(s.zeros, percent),
        left: false,
    },
    Column {
        head: "ratio",
        meaning: "gradient at the first layer over the last",
        cell: |s, _| or_dash(s.gradient_ratio, number),
        left: false,
    },
    Column {
        head: "ns",
        meaning: "ns per element, forward and backward",
        cell: |s, _| or_dash(s.cost, |c| number(c.total())),
        left: false,
    },
    Column {
        head: "verdict",
        meaning: "",
        cell: |s, _| verdict(s.verdict),
        left: true,
    },
];

/// What stands where nothing was measured.
const UNKNOWN: &str = "-";

/// Columns that go first where there is little room.
const EXPENDABLE: [&str; 6] = ["zeros", "gap", "ratio", "dead", "epochs", "seeds"];

/// The ranked table, the recommendation and what it rests on, for a terminal.
pub fn terminal(judgement: &Judgement, terminal: Terminal) -> String {
    let mut columns = columns(judgement, terminal.colour);
    let rows: Vec<&Standing> = judgement.standings.iter().collect();
    // What was not measured needs no column.
    columns.retain(|column| rows.iter().any(|row| (column.cell)(row).content() != UNKNOWN));
    let (table, shown, left_out) = fitted(&columns, &rows, &EXPENDABLE, terminal);
    let mut lines = wrap(&title(judgement), "", terminal.width);
    lines.push(String::new());
    lines.extend(table);
    lines.push(String::new());
    let mut legend: Vec<String> = COLUMNS
        .iter()
        .filter(|c| !c.meaning.is_empty() && shown.contains(&c.head))
        .map(|c| format!("{}: {}", c.head, c.meaning))
        .collect();
    if judgement.standings.iter().any(|s| open_for(s.verdict).is_some()) {
        legend.push("undecided (n), below (n): n seeds would decide".into());
    }
    if let Some(share) = judgement.watching {
        legend.push(format!(
            "watching added {} to the time of training",
            percent(share)
        ));
    }
    if !left_out.is_empty() {
        legend.push(format!("no room here for {}", left_out.join(", ")));
    }
    lines.extend(wrap(&legend.join("; "), "", terminal.width));
    lines.push(String::new());
    let advice = &judgement.recommendation;
    let headline = wrap(&advice.headline, "", terminal.width);
    lines.extend(headline.into_iter().map(|line| bold(line, terminal)));
    for treatment in &judgement.treatments {
        lines.extend(wrap(&help(treatment), "  ", terminal.width));
    }
    for reason in &advice.reasons {
        lines.extend(wrap(reason, "  - ", terminal.width));
    }
    if !advice.caveats.is_empty() {
        lines.push("But:".into());
    }
    for caveat in &advice.caveats {
        lines.extend(wrap(caveat, "  - ", terminal.width));
    }
    for panel in &judgement.stress {
        lines.push(String::new());
        // What was done and who survived; how each did is for the report.
        let words = panel
            .words
            .iter()
            .take(2)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ");
        lines.extend(wrap(&format!("Stress. {words}"), "", terminal.width));
    }
    lines.join("\n")
}

/// The same as Markdown.
pub fn markdown(judgement: &Judgement) -> String {
    let measure = Measure(&judgement.task.metric);
    let mut lines = vec![format!("### {}", escape(&title(judgement))), String::new()];
    let head: Vec<String> = COLUMNS
        .iter()
        .map(|c| match (c.head, c.meaning) {
            ("", _) => test_head(measure),
            (head, "") => head.into(),
            (_, meaning) => meaning.into(),
        })
        .collect();
    lines.push(format!("| {} |", head.join(" | ")));
    let rules: Vec<&str> = COLUMNS
        .iter()
        .map(|c| if c.left { ":--" } else { "--:" })
        .collect();
    lines.push(format!("| {} |", rules.join(" | ")));
    for standing in &judgement.standings {
        let cells: Vec<String> = COLUMNS
            .iter()
            .map(|c| escape(&(c.cell)(standing, measure)))
            .collect();
        lines.push(format!("| {} |", cells.join(" | ")));
    }
    let advice = &judgement.recommendation;
    lines.extend([
        String::new(),
        format!("**{}**", escape(&advice.headline)),
        String::new(),
    ]);
    lines.extend(
        judgement
            .treatments
            .iter()
            .map(|t| format!("- {}", escape(&help(t)))),
    );
    lines.extend(advice.reasons.iter().map(|r| format!("- {}", escape(r))));
    lines.extend(advice.caveats.iter().map(|c| format!("- But: {}", escape(c))));
    for panel in &judgement.stress {
        lines.extend([
            String::new(),
            format!("**Stress.** {}", escape(&panel.words.join(" "))),
        ]);
    }
    lines.join("\n")
}

/// The judgement as JSON, with its schema in the field `schema`.
pub fn json(judgement: &Judgement) -> String {
    serde_json::to_string_pretty(judgement).expect("a judgement has only text for keys")
}

fn title(judgement: &Judgement) -> String {
    let task = &judgement.task;
    let seeds = judgement.seeds.len();
    let plural = if seeds == 1 { "" } else { "s" };
    let samples = task
        .samples
        .map_or(String::new(), |n| format!(" {} test samples,", n.test));
    format!(
        "{}: {} activations, {seeds} seed{plural},{samples} margin {}",
        task.name,
        judgement.standings.len(),
        Measure(&task.metric).margin(judgement.margin)
    )
}

/// The columns as the terminal takes them.
fn columns(judgement: &Judgement, colour: bool) -> Vec<terminal::Column<'_, Standing>> {
    let measure = Measure(&judgement.task.metric);
    let recommended = judgement.recommendation.activation.as_deref();
    let columns = COLUMNS.iter().map(|column| terminal::Column {
        key: column.head,
        head: match column.head {
            "" => test_head(measure),
            head => head.into(),
        },
        left: column.left,
        cell: Box::new(move |standing: &Standing| {
            let cell = Cell::new((column.cell)(standing, measure));
            match column.head {
                "verdict" if colour => cell.fg(tint(standing.verdict)),
                "activation" if recommended == Some(&standing.activation) => {
                    cell.add_attribute(comfy_table::Attribute::Bold)
                }
                _ => cell,
            }
        }),
    });
    columns.collect()
}

fn test_head(measure: Measure<'_>) -> String {
    match measure.value(1.0).ends_with('%') {
        true => format!("{}, %", measure.name()),
        false => measure.name().into(),
    }
}

/// Mean and half the width of its interval; the interval itself where half of it would leave the metric's bounds.
fn test(standing: &Standing, measure: Measure<'_>) -> String {
    let Some(test) = standing.test else {
        return UNKNOWN.into();
    };
    match test.interval {
        Some(i) if test.mean + (i.high - i.low) / 2.0 > measure.most() => {
            format!(
                "{} ({} to {})",
                measure.bare(test.mean),
                measure.bare(i.low),
                measure.bare(i.high)
            )
        }
        interval => measure.plus_minus(test.mean, interval.map(|i| (i.high - i.low) / 2.0)),
    }
}

fn broke(standing: &Standing, _: Measure<'_>) -> String {
    match standing.failed {
        0 => UNKNOWN.into(),
        failed => format!("{failed}/{}", standing.trials),
    }
}

fn dead(standing: &Standing, _: Measure<'_>) -> String {
    match (standing.dead_units, standing.units) {
        (Some(0.0), Some(units)) => format!("0/{units}"),
        (Some(dead), Some(units)) => format!("{}/{units}", fixed(dead, 1)),
        _ => UNKNOWN.into(),
    }
}

/// The verdict in a word.
pub(crate) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Best => "best",
        Verdict::Equivalent => "equivalent",
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::SlightlyWorse => "slightly worse",
        Verdict::Below { .. } => "below",
        Verdict::Undecided { .. } => "undecided",
    }
}

/// A treatment and whether it helps.
pub(crate) fn help(treatment: &Treatment) -> String {
    let verdict = match treatment.verdict {
        Help::Helps => "helps",
        Help::DoesNotHelp => "does not help",
        Help::Undecided => "undecided",
    };
    format!("{}: {verdict}", treatment.arm)
}

/// How many seeds would decide what a verdict leaves open.
pub(crate) fn open_for(verdict: Verdict) -> Option<usize> {
    match verdict {
        Verdict::Undecided { seeds } | Verdict::Below { seeds } => seeds,
        _ => None,
    }
}

fn verdict(verdict: Verdict) -> String {
    match open_for(verdict) {
        Some(seeds) => format!("{} ({seeds})", word(verdict)),
        None => word(verdict).into(),
    }
}

fn tint(verdict: Verdict) -> Color {
    match verdict {
        Verdict::Best | Verdict::Equivalent | Verdict::Better => Color::Green,
        Verdict::Worse | Verdict::SlightlyWorse | Verdict::Below { .. } => Color::Red,
        Verdict::Undecided { .. } => Color::Yellow,
    }
}

fn or_dash<T>(value: Option<T>, show: impl Fn(T) -> String) -> String {
    value.map_or(UNKNOWN.into(), show)
}

/// What Markdown would take for its own.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if "\\|*_`<>[]#".contains(c) {
            escaped.push('\\');
        }
        escaped.push(if c.is_control() { ' ' } else { c });
    }
    escaped
}
