//! How an activation looks: the same in every picture of a page.
//!
//! Seven hues are as many as can be told apart, also by readers who see fewer colours. From the eighth activation
//! on the hues repeat with another dash and another mark, so that colour never carries the meaning alone.

use super::text::name;
use crate::judge::CONTROL;
use maud::{Markup, PreEscaped, html};
use std::fmt::Write;

/// The hues, as (on light ground, on dark ground).
const HUES: [(&str, &str); 7] = [
    ("#2842aa", "#5f9fe0"),
    ("#b35a00", "#e58a1f"),
    ("#2f8474", "#8cc98a"),
    ("#7d3257", "#cc5f88"),
    ("#3395dd", "#7fe0f7"),
    ("#ad8b2e", "#f5d04a"),
    ("#52026c", "#7f78e0"),
];
/// The control is grey: it takes part without competing.
const CONTROL_HUE: (&str, &str) = ("#75706a", "#a09b94");

/// Dash patterns and outlines of marks (around the origin), one pair per round through the hues.
const ROUNDS: [(&str, &str); 5] = [
    ("none", "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0Z"),
    ("5 3", "M0 -5.5L5.5 0L0 5.5L-5.5 0Z"),
    ("1.5 3", "M-4.2 -4.2H4.2V4.2H-4.2Z"),
    ("8 2.5 1.5 2.5", "M0 -5.2L5.2 4H-5.2Z"),
    ("10 3", "M0 5.2L5.2 -4H-5.2Z"),
];
const CONTROL_MARK: &str = "M-5 -1.6H-1.6V-5H1.6V-1.6H5V1.6H1.6V5H-1.6V1.6H-5Z";

/// How one activation looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Its number on the page; ties together everything that belongs to it.
    pub(crate) index: usize,
    /// Its number among those that compete; `None` for the control.
    slot: Option<usize>,
}

impl Look {
    /// The look of the competitor with that number.
    #[cfg(test)]
    pub(crate) fn competitor(number: usize) -> Self {
        Self {
            index: number,
            slot: Some(number),
        }
    }

    /// The classes that give a mark its colour and a line its dash.
    pub(crate) fn class(self) -> String {
        match self.slot {
            Some(slot) => format!("c{} d{}", slot % HUES.len(), slot / HUES.len() % ROUNDS.len()),
            None => "c-control d2".to_owned(),
        }
    }

    /// A mark at a position, `x` in any unit of length.
    pub(crate) fn mark(self, x: &str, y: f64) -> Markup {
        let outline = self
            .slot
            .map_or(CONTROL_MARK, |slot| ROUNDS[slot / HUES.len() % ROUNDS.len()].1);
        // A nested drawing moves the outline, since a path takes no percentages.
        html! { svg x=(x) y=(y) class="mark" overflow="visible" { path d=(outline) {} } }
    }

    /// A short piece of its line with its mark, to stand next to its name.
    pub(crate) fn swatch(self) -> Markup {
        html! {
            svg class={ "swatch " (self.class()) } width="22" height="12" aria-hidden="true" {
                path class="line" d="M0 6H22" {}
                (self.mark("11", 6.0))
            }
        }
    }
}

/// The looks of all activations on a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looks<'a> {
    names: Vec<&'a str>,
}

impl<'a> Looks<'a> {
    /// Gives every name its look, in this order; repeated names are one.
    pub(crate) fn new(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut looks = Self::default();
        for name in names {
            if !looks.names.contains(&name) {
                looks.names.push(name);
            }
        }
        looks
    }

    /// The names, in order.
    pub(crate) fn names(&self) -> &[&'a str] {
        &self.names
    }

    /// A table's row heading that names an activation.
    pub(crate) fn row_heading(&self, activation: &str) -> Markup {
        html! {
            th scope="row" { span class="who" { (self.of(activation).swatch()) span class="name" { (name(activation)) } } }
        }
    }

    /// The look of an activation; one that was not named looks like the one after the last.
    pub(crate) fn of(&self, name: &str) -> Look {
        let index = self
            .names
            .iter()
            .position(|n| *n == name)
            .unwrap_or(self.names.len());
        let controls = self.names[..index].iter().filter(|n| **n == CONTROL).count();
        Look {
            index,
            slot: (name != CONTROL).then_some(index - controls),
        }
    }
}

/// The style rules that define the hues and dashes, for a page or for a drawing that stands alone.
pub(crate) fn css() -> Markup {
    let variables = |pick: fn((&'static str, &'static str)) -> &'static str| {
        let mut text = HUES.iter().enumerate().fold(String::new(), |mut text, (k, hue)| {
            let _ = write!(text, "--c{k}:{};", pick(*hue));
            text
        });
        let _ = write!(text, "--c-control:{}", pick(CONTROL_HUE));
        text
    };
    let mut css = format!(
        ":root{{{}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{}}}}}\n",
        variables(|hue| hue.0),
        variables(|hue| hue.1),
    );
    for class in (0..HUES.len())
        .map(|k| format!("c{k}"))
        .chain(["c-control".to_owned()])
    {
        let _ = write!(css, ".{class}{{--c:var(--{class})}}");
    }
    for (k, (dash, _)) in ROUNDS.iter().enumerate() {
        let _ = write!(css, ".d{k}{{--dash:{dash}}}");
    }
    PreEscaped(css)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    type Colour = [f64; 3];

    fn linear(hex: &str) -> Colour {
        std::array::from_fn(|k| {
            let pair = &hex[1 + 2 * k..3 + 2 * k];
            let c = f64::from(u8::from_str_radix(pair, 16).expect("two hexadecimal digits")) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        })
    }

    fn times(matrix: &[Colour; 3], v: Colour) -> Colour {
        matrix.map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum())
    }

    /// Contrast as WCAG 2 defines it.
    fn contrast(a: &str, b: &str) -> f64 {
        let luminance = |hex: &str| {
            let [r, g, b] = linear(hex);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// OKLab, in which distances follow what is seen.
    fn perceived(linear: Colour) -> Colour {
        let cones = times(
            &[
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ],
            linear.map(|c| c.clamp(0.0, 1.0)),
        );
        times(
            &[
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ],
            cones.map(f64::cbrt),
        )
    }

    /// What is left of a colour without red, green or blue cones (Machado, Oliveira and Fernandes, 2009).
    const VISIONS: [[Colour; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    ];

    #[test]
    fn hues_differ_for_every_kind_of_colour_vision() {
        for pick in [
            (|h| h.0) as fn((&'static str, &'static str)) -> &'static str,
            |h| h.1,
        ] {
            for vision in VISIONS {
                let seen: Vec<Colour> = HUES
                    .iter()
                    .map(|h| perceived(times(&vision, linear(pick(*h)))))
                    .collect();
                for (k, a) in seen.iter().enumerate() {
                    for (j, b) in seen.iter().enumerate().skip(k + 1) {
                        let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                        // Three times what is just noticeable (0.02) is told apart in small marks.
                        assert!(
                            distance > 0.06,
                            "{} and {}: {distance}",
                            pick(HUES[k]),
                            pick(HUES[j])
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn every_hue_stands_out_from_its_ground() {
        for (light, dark) in HUES.into_iter().chain([CONTROL_HUE]) {
            assert!(contrast(light, "#fcfbf8") >= 3.0, "{light}");
            assert!(contrast(dark, "#15171b") >= 3.0, "{dark}");
        }
    }

    #[test]
    fn thirty_activations_all_look_different() {
        let looks: BTreeSet<String> = (0..30).map(|k| Look::competitor(k).class()).collect();
        assert_eq!(looks.len(), 30);
    }

    #[test]
    fn the_control_takes_no_hue_from_the_others() {
        let looks = Looks::new(["relu", CONTROL, "tanh", "relu"]);
        assert_eq!(looks.names(), ["relu", CONTROL, "tanh"]);
        assert_eq!(looks.of(CONTROL).class(), "c-control d2");
        assert_eq!(
            looks.of("tanh"),
            Look {
                index: 2,
                slot: Some(1)
            }
        );
    }
}
