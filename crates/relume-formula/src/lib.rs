//! The language in which relume writes formulas such as `x for x ≥ 0, else alpha·(exp(x) − 1)`: it is what the
//! documents print, and what tests, references and other frameworks compute.
//!
//! A [`Formula`] is read from text, prints itself as the same text, and is evaluated in any [`Arithmetic`]: [`Floats`]
//! is f64; intervals, multiprecision or the tensors of a framework implement the same small trait. [`FromTheRight`]
//! makes of any arithmetic one that also knows the derivative, at a kink the one from the right.
//!
//! ```
//! use relume_formula::{Floats, Formula, FromTheRight, Germ};
//!
//! let elu = Formula::parse("x for x ≥ 0, else alpha·(exp(x) − 1)", &["alpha"])?;
//! assert_eq!(elu.evaluate(&Floats, -1.0, &[2.0]), 2.0 * ((-1.0_f64).exp() - 1.0));
//!
//! let right = FromTheRight(Floats);
//! let germ = elu.evaluate(&right, Germ::variable(0.0, &Floats), &[Germ::constant(2.0, &Floats)]);
//! assert_eq!((germ.value, germ.slope), (0.0, 1.0));
//! # Ok::<(), relume_formula::Error>(())
//! ```
//!
//! # The language
//!
//! | what | how it is written |
//! | --- | --- |
//! | variable | `x` |
//! | parameters and definitions | a Latin word or one Greek letter, primes after it: `alpha`, `λ`, `u′` |
//! | numbers | decimals of up to 36 digits, meant exactly: `0.044715`; `π` |
//! | arithmetic | `a + b`, `a − b`, `a·b`, `a/b`, `−a`, `x²` |
//! | implied products | after a number or a Greek letter: `2x`, `λα`, `2√(2/π)`; they bind more closely than `·` and `/` |
//! | functions | `exp`, `expm1`, `ln`, `log1p`, `tanh`, `erf`, `σ`, `softplus`, `Φ`, `φ`, `√`, `\|x\|`, `min`, `max`; `tanh²(x)` |
//! | cases | `x for x ≥ 0, else 0`; the first that holds; conditions are chains of comparisons, joined by `or` |
//! | definitions | at the end: `x·tanh(s), where s = softplus(x)`; each may use those before it |
//!
//! Typed on a plain keyboard, `-`, `*`, `<=` and `>=` mean `−`, `·`, `≤` and `≥`.
//!
//! σ is the logistic function 1/(1 + exp(−x)), softplus is ln(1 + exp(x)), Φ and φ are the distribution function and
//! the density of the standard normal.

mod arithmetic;
mod error;
mod floats;
mod germ;
mod guarded;
mod parser;
mod printer;
mod stable;
mod token;
mod tree;

pub use arithmetic::Arithmetic;
pub use error::{Error, Problem};
pub use floats::Floats;
pub use germ::{FromTheRight, Germ};
pub use tree::{Chain, Condition, Decimal, Expression, Formula, Function, Operator, Relation};
