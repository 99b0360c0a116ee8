//! What is read, what is refused, and what is printed.

use relume_formula::{Expression, Floats, Formula, FromTheRight, Germ, Problem};

const PARAMETERS: [&str; 8] = ["alpha", "lambda", "slope", "offset", "min", "max", "λ", "α"];

fn read(text: &str) -> Formula {
    Formula::parse(text, &PARAMETERS).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> (usize, Problem) {
    let error = Formula::parse(text, &PARAMETERS).expect_err(text);
    (error.position, error.problem)
}

#[test]
fn formulas_print_as_they_are_written() {
    for text in [
        "x",
        "1",
        "0.044715",
        "1.0507009873554804934",
        "2x",
        "2x²",
        "λx",
        "λα·(exp(x) − 1)",
        "2πx",
        "2√(2/π)·(x + 0.044715·x³)",
        "√2",
        "(√x)²",
        "−x",
        "−x·alpha",
        "(−x)²",
        "x·(−alpha)",
        "−(x + 1)",
        "x − (1 − x)",
        "x/(2x)",
        "x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))",
        "tanh²(x)",
        "max(0, x)²",
        "(x + 1)¹²",
        "(x²)³",
        "|x|",
        "||x| − 1|·|x|",
        "1/(1 + |x|)²",
        "min(max(x, min), max)",
        "x for |x| > lambda, else 0",
        "1 for x < −lambda or x ≥ lambda, else 0",
        "slope for 0 ≤ slope·x + offset < 1, else 0",
        "x for x ≥ 1, 0 for x ≤ −1, else (x + 1)²/4",
        "(1 for x > 0, else 2)·x",
        "x·Φ(x) + x²·φ(x)",
        "σ(u) + x·u′·σ(u)·σ(−u), where u = 2x, u′ = 2",
        "x·s, where s = ln(1 + exp(−x)), t = s + 1",
        "λx for x ≥ 0, else −λx",
    ] {
        assert_eq!(read(text).to_string(), text);
    }
}

#[test]
fn other_spellings_mean_the_same() {
    for (text, canonical) in [
        ("x*-(x-1)", None),
        ("x*(x-1)", Some("x·(x − 1)")),
        ("1/2x", Some("1/(2x)")),
        ("((x))", Some("x")),
        ("tanh(x)²", Some("tanh²(x)")),
        ("1.5x", Some("1.5·x")),
        ("2 alpha", Some("2·alpha")),
        ("1 for x<=0,else 2", Some("1 for x ≤ 0, else 2")),
        ("max ( 0,x )", Some("max(0, x)")),
    ] {
        match canonical {
            Some(canonical) => assert_eq!(read(text).to_string(), canonical),
            None => assert_eq!(refused(text).0, 2),
        }
    }
}

#[test]
fn implied_products_bind_closely() {
    assert_eq!(read("1/2x"), read("1/(2·x)"));
    assert_ne!(read("1/2·x"), read("1/(2·x)"));
    assert_eq!(read("2x²"), read("2·(x²)"));
}

#[test]
fn errors_say_where_and_why() {
    let unexpected = |expected, found: Option<&str>| Problem::Unexpected {
        expected,
        found: found.map(str::to_owned),
    };
    for (text, position, problem) in [
        ("", 0, unexpected("a number, a name or a parenthesis", None)),
        ("x +", 3, unexpected("a number, a name or a parenthesis", None)),
        ("x + ?", 4, Problem::Character('?')),
        ("x·slop", 2, Problem::UnknownName("slop".into())),
        ("slop(x)", 0, Problem::UnknownName("slop".into())),
        (
            "slope(x)",
            0,
            unexpected("a function before a parenthesis", Some("slope")),
        ),
        ("σ", 0, Problem::UnknownName("σ".into())),
        ("exp(x", 5, unexpected("a comma or a closing parenthesis", None)),
        (
            "exp(x, 1)",
            4,
            Problem::Arguments {
                function: "exp",
                expected: 1,
                found: 2,
            },
        ),
        (
            "min(x)",
            4,
            Problem::Arguments {
                function: "min",
                expected: 2,
                found: 1,
            },
        ),
        ("x)", 1, unexpected("an operator or the end", Some(")"))),
        ("|x", 2, unexpected("the bar that closes an absolute value", None)),
        ("√x²", 2, unexpected("an operator or the end", Some("²"))),
        ("x for x > 0", 11, unexpected("a comma and the next case", None)),
        ("x for x, else 0", 7, unexpected("a comparison", Some(","))),
        ("x for x > 0, 1", 14, unexpected("for or else", None)),
        (
            "s where s = x",
            2,
            unexpected("a comma before where", Some("where")),
        ),
        ("s, where s = t, t = x", 13, Problem::UnknownName("t".into())),
        ("s, where x = 1", 9, Problem::NameTaken("x".into())),
        ("s, where φ = 1", 9, Problem::NameTaken("φ".into())),
        ("s, where s = 1, s = 2", 16, Problem::NameTaken("s".into())),
        ("s, where s 1", 11, unexpected("=", Some("1"))),
        ("1.", 0, Problem::Number),
        ("007", 0, Problem::Number),
        ("1.2.3", 0, Problem::Number),
        ("1234567890123456789012345678901234567", 0, Problem::Number),
        ("x⁹⁹⁹", 1, Problem::Number),
        (".5", 0, Problem::Character('.')),
        ("2 3", 2, unexpected("an operator or the end", Some("3"))),
        ("(x)(x)", 3, unexpected("an operator or the end", Some("("))),
    ] {
        assert_eq!(refused(text), (position, problem), "{text:?}");
    }
}

#[test]
fn what_is_too_long_or_too_deep_is_refused() {
    let deep = format!("{}x{}", "(".repeat(100_000), ")".repeat(100_000));
    let long = format!("x{}", " + x".repeat(100_000));
    let bars = "|".repeat(300);
    for text in [deep, long, bars] {
        assert_eq!(refused(&text).1, Problem::TooLong);
    }
}

#[test]
fn errors_read_as_sentences() {
    let said = |text| Formula::parse(text, &[]).unwrap_err().to_string();
    assert_eq!(
        said("2·y"),
        "after 2 characters: \"y\" is no parameter and is not defined"
    );
    assert_eq!(
        said("ln(x"),
        "after 4 characters: expected a comma or a closing parenthesis, found the end"
    );
}

#[test]
fn evaluation_follows_the_text() {
    let at = |text: &str, x| Formula::parse(text, &["a"]).unwrap().evaluate(&Floats, x, &[3.0]);
    for (text, x, expected) in [
        ("2x²/4 − a", 4.0, 5.0),
        ("−x²", 3.0, -9.0),
        ("1/2x", 2.0, 0.25),
        ("x − 1 − 1", 5.0, 3.0),
        ("x/2/2", 8.0, 2.0),
        ("|x|·√(a + 1)", -2.0, 4.0),
        ("min(x, 1) + max(x, 1)", 7.0, 8.0),
        ("expm1(x) − (exp(x) − 1)", 0.0, 0.0),
        ("x for x ≥ 1, a·x for −1 < x < 1, else 0", 0.5, 1.5),
        ("1 for x < −a or x ≥ a, else 0", 3.0, 1.0),
        ("1 for x < −a or x ≥ a, else 0", -3.0, 0.0),
        ("t·s, where s = x + 1, t = s²", 2.0, 27.0),
        ("4·σ(x)", 0.0, 2.0),
        ("2·Φ(x)", 0.0, 1.0),
        ("x⁰", 5.0, 1.0),
        ("x⁷", 2.0, 128.0),
    ] {
        assert_eq!(at(text, x), expected, "{text} at {x}");
    }
    let close =
        |text, x, expected: f64| assert!((at(text, x) / expected - 1.0).abs() < 1e-14, "{text} at {x}");
    close("softplus(x)", -40.0, (-40.0_f64).exp());
    close("softplus(x)", 800.0, 800.0);
    close("σ(x)", -600.0, (-600.0_f64).exp());
    close("log1p(x)", 1e-20, 1e-20);
    close("φ(x)", 1.0, 0.241_970_724_519_143_37);
    close("erf(x)", 0.5, 0.520_499_877_813_046_5);
}

/// Derivatives against differences over a step, and from the right at kinks.
#[test]
fn derivatives_are_those_from_the_right() {
    let right = FromTheRight(Floats);
    let germ = |text: &str, x| {
        read(text).evaluate(
            &right,
            Germ::variable(x, &Floats),
            &[0.5; 8].map(|p| Germ::constant(p, &Floats)),
        )
    };
    for text in [
        "exp(x)",
        "expm1(x)",
        "ln(x + 4)",
        "log1p(x²)",
        "√(x² + 1)",
        "tanh(x)",
        "erf(x)",
        "σ(2x)",
        "softplus(x)",
        "Φ(x)",
        "φ(x)",
        "x³/(1 + |x|)",
        "x·tanh(s), where s = ln(1 + exp(x))",
        "min(x², x)·max(x, 1/4)",
        "−x⁴ for |x| > 1, else x",
    ] {
        for x in [-2.7, -0.8, 0.3, 1.9] {
            let f = |x| read(text).evaluate(&Floats, x, &[0.5; 8]);
            let h = 1e-5;
            let difference = (f(x + h) - f(x - h)) / (2.0 * h);
            let Germ { value, slope } = germ(text, x);
            assert_eq!(value, f(x));
            assert!(
                (slope - difference).abs() < 1e-8 * (1.0 + slope.abs()),
                "{text} at {x}: {slope}, {difference}"
            );
        }
    }
    for (text, x, slope) in [
        ("|x|", 0.0, 1.0),
        ("|−x|", 0.0, 1.0),
        ("−|x|", 0.0, -1.0),
        ("max(0, x)", 0.0, 1.0),
        ("max(x, 0)", 0.0, 1.0),
        ("max(0, −x)", 0.0, 0.0),
        ("min(x, 6)", 6.0, 0.0),
        ("min(6, x)", 6.0, 0.0),
        ("max(0, x)²", 0.0, 0.0),
        ("1/2·x for x > 0, else 7x", 0.0, 0.5),
        ("7x for x ≤ 0, else x/2", 0.0, 0.5),
        ("7x for −x ≥ 0, else x/2", 0.0, 0.5),
        ("x for |x| > lambda, else 0", -0.5, 0.0),
        ("x for |x| > lambda, else 0", 0.5, 1.0),
        ("x for x < −lambda or x > lambda, else 0", 0.5, 1.0),
        ("x for −lambda ≤ x ≤ lambda, else 0", 0.5, 0.0),
    ] {
        assert_eq!(germ(text, x).slope, slope, "{text} at {x}");
    }
}

#[test]
fn the_stable_form_is_the_same_function() {
    for (text, expected) in [
        ("ln(1 + exp(x))", "softplus(x)"),
        ("−ln(1 + exp(−x))", "−softplus(−x)"),
        ("ln(exp(x) + 1)/alpha", "softplus(x)/alpha"),
        ("alpha·(exp(x/alpha) − 1)", "alpha·expm1(x/alpha)"),
        ("1/(1 + exp(−x))", "σ(x)"),
        ("x/(1 + exp(−x))", "x·σ(x)"),
        ("x·ln(1 + σ(x))", "x·log1p(σ(x))"),
        ("ln(σ(x))", "−softplus(−x)"),
        ("1 − σ(x)", "σ(−x)"),
        ("1 − tanh²(x)", "4·σ(2x)·σ(−2x)"),
        ("x/2·(1 + tanh(x))", "x/2·(2·σ(2x))"),
        ("x for x ≥ 0, else exp(x) − 1", "x for x ≥ 0, else expm1(x)"),
        ("s, where s = exp(x) − 1", "s, where s = expm1(x)"),
        ("1 − x", "1 − x"),
    ] {
        let (formula, stable) = (read(text), read(text).stable());
        assert_eq!(stable.to_string(), expected);
        for x in [-3.5, -0.25, 0.0, 1.0, 6.0] {
            let [a, b] = [&formula, &stable].map(|formula| formula.evaluate(&Floats, x, &[0.5; 8]));
            assert!(
                (a - b).abs() <= 1e-14 * (1.0 + a.abs()),
                "{text} at {x}: {a}, {b}"
            );
        }
    }
}

#[test]
fn the_tree_is_there_to_be_walked() {
    let formula = read("x·alpha, where s = 1");
    assert_eq!(formula.parameters(), PARAMETERS.len());
    assert_eq!(formula.definitions().len(), 1);
    let Expression::Binary(_, left, right) = formula.body() else {
        panic!("it is a product")
    };
    let name = |expression: &Expression| match expression {
        Expression::Variable(index) => formula.names()[*index].clone(),
        _ => panic!("it is a variable"),
    };
    assert_eq!((name(left), name(right)), ("x".to_owned(), "alpha".to_owned()));
}
