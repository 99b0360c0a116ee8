//! A judgement as text: for a terminal, for Markdown, as JSON. No text ends with a line break.

use crate::judge::words::{Scale, number, percent};
use crate::judge::{Judgement, Standing, Verdict};
use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Row, Table};

/// How a terminal wants its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Columns to fill at most; what does not fit is left out, and that is said.
    pub width: usize,
    /// Whether to colour: on a terminal, not in a pipe.
    pub colour: bool,
}

/// One column of the table: its head and what a row shows in it.
struct Column {
    head: &'static str,
    /// What the column says in full, for the line below.
    meaning: &'static str,
    cell: fn(&Standing, Scale<'_>) -> String,
    left: bool,
}

const COLUMNS: [Column; 9] = [
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
        head: "gap",
        meaning: "train minus test",
        cell: |s, scale| or_dash(s.gap, |x| scale.short(x)),
        left: false,
    },
    Column {
        head: "epochs",
        meaning: "epochs to 95 % of its best",
        cell: |s, _| or_dash(s.epochs_to_95, |x| format!("{x:.1}")),
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
        cell: |s, _| or_dash(s.cost, |c| number(c.forward + c.backward)),
        left: false,
    },
    Column {
        head: "verdict",
        meaning: "",
        cell: |s, _| verdict(s.verdict),
        left: true,
    },
];

/// Columns that go first where there is little room.
const EXPENDABLE: [&str; 5] = ["zeros", "gap", "ratio", "dead", "epochs"];

/// The ranked table, the recommendation and what it rests on, for a terminal.
pub fn terminal(judgement: &Judgement, terminal: Terminal) -> String {
    let mut columns: Vec<&Column> = COLUMNS.iter().collect();
    let mut table = rank(judgement, &columns, terminal.colour);
    let mut left_out = Vec::new();
    for name in EXPENDABLE {
        if width(&table) <= terminal.width {
            break;
        }
        columns.retain(|c| c.head != name);
        left_out.push(name);
        table = rank(judgement, &columns, terminal.colour);
    }
    let mut lines = wrap(&title(judgement), "", terminal.width);
    lines.push(String::new());
    lines.extend(table.lines().map(|line| line.trim_end().to_owned()));
    lines.push(String::new());
    let mut legend: Vec<String> = columns
        .iter()
        .filter(|c| !c.meaning.is_empty())
        .map(|c| format!("{}: {}", c.head, c.meaning))
        .collect();
    if judgement
        .standings
        .iter()
        .any(|s| matches!(s.verdict, Verdict::Undecided { seeds: Some(_) }))
    {
        legend.push("undecided (n): n seeds would decide".into());
    }
    if !left_out.is_empty() {
        legend.push(format!("no room here for {}", left_out.join(", ")));
    }
    lines.extend(wrap(&legend.join("; "), "", terminal.width));
    lines.push(String::new());
    let advice = &judgement.recommendation;
    let mut headline = wrap(&advice.headline, "", terminal.width);
    if terminal.colour {
        headline = headline
            .into_iter()
            .map(|line| format!("\x1b[1m{line}\x1b[0m"))
            .collect();
    }
    lines.extend(headline);
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
        // What was done and who survived; what became of each is for the report.
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
    let scale = Scale(&judgement.task.metric);
    let mut lines = vec![format!("### {}", escape(&title(judgement))), String::new()];
    let head: Vec<String> = COLUMNS
        .iter()
        .map(|c| match (c.head, c.meaning) {
            ("", _) => test_head(scale),
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
            .map(|c| escape(&(c.cell)(standing, scale)))
            .collect();
        lines.push(format!("| {} |", cells.join(" | ")));
    }
    let advice = &judgement.recommendation;
    lines.extend([
        String::new(),
        format!("**{}**", escape(&advice.headline)),
        String::new(),
    ]);
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
    format!(
        "{}: {} activations, {seeds} seed{plural}, {} test samples, margin {}",
        task.name,
        judgement.standings.len(),
        task.samples.test,
        Scale(&task.metric).margin(judgement.margin)
    )
}

fn rank(judgement: &Judgement, columns: &[&Column], colour: bool) -> Table {
    let scale = Scale(&judgement.task.metric);
    let recommended = judgement.recommendation.activation.as_deref();
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    if colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let heads = columns.iter().map(|c| {
        let head = if c.head.is_empty() {
            test_head(scale)
        } else {
            c.head.into()
        };
        Cell::new(head).add_attribute(Attribute::Bold)
    });
    table.set_header(Row::from(heads.collect::<Vec<_>>()));
    for standing in &judgement.standings {
        let cells = columns.iter().map(|c| {
            let cell = Cell::new((c.cell)(standing, scale));
            match c.head {
                "verdict" => cell.fg(tint(standing.verdict)),
                "activation" if recommended == Some(&standing.activation) => {
                    cell.add_attribute(Attribute::Bold)
                }
                _ => cell,
            }
        });
        table.add_row(Row::from(cells.collect::<Vec<_>>()));
    }
    for (column, shown) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, 2));
        column.set_cell_alignment(if shown.left {
            CellAlignment::Left
        } else {
            CellAlignment::Right
        });
    }
    table
}

fn width(table: &Table) -> usize {
    let columns = table.column_max_content_widths();
    columns
        .iter()
        .map(|&w| usize::from(w) + 2)
        .sum::<usize>()
        .saturating_sub(2)
}

fn test_head(scale: Scale<'_>) -> String {
    match scale.value(1.0).ends_with('%') {
        true => format!("{}, %", scale.name()),
        false => scale.name(),
    }
}

/// Mean and half the width of its interval.
fn test(standing: &Standing, scale: Scale<'_>) -> String {
    let mean = scale.bare(standing.test.mean);
    match standing.test.interval {
        Some(i) => format!("{mean} ± {}", scale.bare((i.high - i.low) / 2.0)),
        None => mean,
    }
}

fn dead(standing: &Standing, _: Scale<'_>) -> String {
    match (standing.dead_units, standing.units) {
        (Some(0.0), Some(units)) => format!("0/{units}"),
        (Some(dead), Some(units)) => format!("{dead:.1}/{units}"),
        _ => "-".into(),
    }
}

fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Best => "best".into(),
        Verdict::Equivalent => "equivalent".into(),
        Verdict::Worse => "worse".into(),
        Verdict::Better => "better".into(),
        Verdict::Undecided { seeds: Some(seeds) } => format!("undecided ({seeds})"),
        Verdict::Undecided { seeds: None } => "undecided".into(),
    }
}

fn tint(verdict: Verdict) -> Color {
    match verdict {
        Verdict::Best | Verdict::Better | Verdict::Equivalent => Color::Green,
        Verdict::Worse => Color::Red,
        Verdict::Undecided { .. } => Color::Yellow,
    }
}

fn or_dash<T>(value: Option<T>, show: impl Fn(T) -> String) -> String {
    value.map_or("-".into(), show)
}

/// Breaks a text at spaces; the first line begins with `bullet`, the others with as much room.
fn wrap(text: &str, bullet: &str, width: usize) -> Vec<String> {
    let mut lines = vec![bullet.to_owned()];
    let mut used = bullet.len();
    for word in text.split_whitespace().map(printable) {
        let length = word.chars().count();
        let line = lines.last_mut().expect("there is a first line");
        if used > bullet.len() && used + 1 + length > width {
            lines.push(" ".repeat(bullet.len()) + &word);
            used = bullet.len() + length;
        } else {
            if used > bullet.len() {
                line.push(' ');
                used += 1;
            }
            line.push_str(&word);
            used += length;
        }
    }
    lines
}

/// Names come from files: none of them may move the cursor.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
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
