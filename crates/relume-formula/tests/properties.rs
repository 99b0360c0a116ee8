//! Any text, and any formula.

use proptest::prelude::*;
use relume_formula::{Floats, Formula};

/// Words and signs in any order; much of it is no formula, all of it is like one.
fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop::sample::select(vec![
        "x", "alpha", "λ", "π", "u", "u′", "1", "0.5", "2", "+", "−", "-", "·", "/", "(", ")", "|", "√", ",",
        "=", "<", "≥", "²", "exp", "σ", "Φ", "min", "max", "for", "else", "or", "where", " ",
    ]);
    prop::collection::vec(scrap, 0..40).prop_map(|scraps| scraps.join(" "))
}

/// Texts of formulas, by the grammar.
fn formulas() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec!["x", "alpha", "λ", "π", "2", "0.25", "13"]).prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            two.clone().prop_map(|(a, b)| format!("({a}) + ({b})")),
            two.clone().prop_map(|(a, b)| format!("({a}) − ({b})")),
            two.clone().prop_map(|(a, b)| format!("({a})·({b})")),
            two.clone().prop_map(|(a, b)| format!("({a})/({b})")),
            two.clone().prop_map(|(a, b)| format!("min(({a}), ({b}))")),
            inner.clone().prop_map(|a| format!("−({a})")),
            inner.clone().prop_map(|a| format!("({a})³")),
            inner.clone().prop_map(|a| format!("√({a})")),
            inner.clone().prop_map(|a| format!("|({a})|")),
            inner.clone().prop_map(|a| format!("tanh(({a}))")),
            (inner.clone(), inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c, d)| format!("({a}) for ({b}) < ({c}) or ({c}) ≥ ({d}), else ({d})")),
        ]
    })
}

/// Equal, or both NaN.
fn same(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        if let Err(error) = Formula::parse(&text, &["alpha"]) {
            prop_assert!(error.position <= text.chars().count());
        }
    }

    #[test]
    fn what_is_read_prints_as_itself(text in scraps()) {
        if let Ok(formula) = Formula::parse(&text, &["alpha", "λ"]) {
            let printed = formula.to_string();
            prop_assert_eq!(Formula::parse(&printed, &["alpha", "λ"]), Ok(formula), "{}", printed);
        }
    }

    #[test]
    fn formulas_are_read_printed_and_evaluated(text in formulas(), x in -3.0..3.0) {
        let formula = Formula::parse(&text, &["alpha", "λ"]).unwrap();
        let printed = formula.to_string();
        let again = Formula::parse(&printed, &["alpha", "λ"]).unwrap();
        prop_assert_eq!(&again, &formula, "{}", printed);
        let at = |formula: &Formula| formula.evaluate(&Floats, x, &[0.5, 2.0]);
        prop_assert!(same(at(&formula), at(&again)), "{}", printed);
        prop_assert!(same(at(&formula), at(&formula.guarded())), "{}", formula.guarded());
    }
}
