//! From text to tree, by recursive descent.

use crate::error::{Error, Problem};
use crate::token::{Placed, Token, is_greek, tokens};
use crate::tree::{Chain, Condition, Expression, Formula, Function, Operator, Relation};

/// The most parentheses within each other.
const MOST_DEPTH: usize = 40;

const KEYWORDS: [&str; 4] = ["for", "else", "or", "where"];

impl Formula {
    /// Reads a formula for a function of `x` with these parameters.
    ///
    /// # Errors
    /// If the text is no formula: where it fails, and why.
    ///
    /// ```
    /// use relume_formula::{Formula, Problem};
    /// let error = Formula::parse("x·Ψ(x)", &[]).unwrap_err();
    /// assert_eq!(error.position, 2);
    /// assert_eq!(error.problem, Problem::UnknownName("Ψ".into()));
    /// ```
    pub fn parse(text: &str, parameters: &[&str]) -> Result<Self, Error> {
        let tokens = tokens(text)?;
        let end = text.chars().count();
        let names = std::iter::once("x").chain(parameters.iter().copied());
        let names = names.map(str::to_owned).collect();
        let mut parser = Parser {
            tokens: &tokens,
            at: 0,
            end,
            depth: 0,
            names,
        };
        // What is defined comes last and is used before: so it is read first.
        let cut = tokens.iter().position(is_where);
        let mut definitions = Vec::new();
        if let Some(cut) = cut {
            if cut == 0 || tokens[cut - 1].1 != Token::Sign(',') {
                parser.at = cut;
                return Err(parser.unexpected("a comma before where"));
            }
            parser.at = cut + 1;
            definitions = parser.definitions()?;
            parser.tokens = &tokens[..cut - 1];
            parser.end = tokens[cut - 1].0;
            parser.at = 0;
        }
        let body = parser.body()?;
        parser.expect_end()?;
        Ok(Self {
            names: parser.names,
            definitions,
            body,
        })
    }
}

struct Parser<'a> {
    tokens: &'a [Placed],
    at: usize,
    /// The position that an error at the end has.
    end: usize,
    depth: usize,
    names: Vec<String>,
}

impl Parser<'_> {
    /// What stands after `where`.
    fn definitions(&mut self) -> Result<Vec<Expression>, Error> {
        let mut definitions = Vec::new();
        loop {
            let name = self.new_name()?;
            self.expect('=', "=")?;
            definitions.push(self.sum()?);
            self.names.push(name);
            if !self.accept(',') {
                self.expect_end()?;
                return Ok(definitions);
            }
        }
    }

    /// Cases, or a sum.
    fn body(&mut self) -> Result<Expression, Error> {
        let mut expression = self.sum()?;
        let mut cases = Vec::new();
        while self.accept_word("for") {
            cases.push((expression, self.condition()?));
            self.expect(',', "a comma and the next case")?;
            if self.accept_word("else") {
                return Ok(Expression::Cases(cases, Box::new(self.sum()?)));
            }
            expression = self.sum()?;
            if self.peek() != Some(&Token::Word("for".to_owned())) {
                return Err(self.unexpected("for or else"));
            }
        }
        Ok(expression)
    }

    fn condition(&mut self) -> Result<Condition, Error> {
        let mut chains = vec![self.chain()?];
        while self.accept_word("or") {
            chains.push(self.chain()?);
        }
        Ok(Condition(chains))
    }

    fn chain(&mut self) -> Result<Chain, Error> {
        let first = self.sum()?;
        let mut rest = Vec::new();
        while let Some(relation) = self.accept_relation() {
            rest.push((relation, self.sum()?));
        }
        if rest.is_empty() {
            return Err(self.unexpected("a comparison"));
        }
        Ok(Chain { first, rest })
    }

    fn sum(&mut self) -> Result<Expression, Error> {
        let mut sum = if self.accept('−') {
            Expression::Negative(Box::new(self.product()?))
        } else {
            self.product()?
        };
        loop {
            let operator = match self.peek() {
                Some(Token::Sign('+')) => Operator::Add,
                Some(Token::Sign('−')) => Operator::Subtract,
                _ => return Ok(sum),
            };
            self.at += 1;
            sum = Expression::Binary(operator, Box::new(sum), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expression, Error> {
        let mut product = self.implied_product()?;
        loop {
            let operator = match self.peek() {
                Some(Token::Sign('·')) => Operator::Multiply,
                Some(Token::Sign('/')) => Operator::Divide,
                _ => return Ok(product),
            };
            self.at += 1;
            product = Expression::Binary(operator, Box::new(product), Box::new(self.implied_product()?));
        }
    }

    /// `2x`, `λα`: a number or a Greek letter, and a name or a root.
    fn implied_product(&mut self) -> Result<Expression, Error> {
        let mut product = self.power()?;
        let mut is_coefficient = self.is_coefficient(&product);
        while is_coefficient && self.before_symbol() {
            let factor = self.power()?;
            is_coefficient = self.is_coefficient(&factor);
            product = Expression::Binary(Operator::Multiply, Box::new(product), Box::new(factor));
        }
        Ok(product)
    }

    fn is_coefficient(&self, factor: &Expression) -> bool {
        match factor {
            Expression::Number(_) | Expression::Pi => true,
            Expression::Variable(index) => self.names[*index].starts_with(is_greek),
            _ => false,
        }
    }

    fn before_symbol(&self) -> bool {
        match self.peek() {
            Some(Token::Word(word)) => !KEYWORDS.contains(&&**word),
            Some(Token::Sign('√')) => true,
            _ => false,
        }
    }

    fn power(&mut self) -> Result<Expression, Error> {
        if self.accept('√') {
            // A power after a root could be meant inside it or outside.
            return Ok(Expression::Call(Function::Sqrt, Box::new(self.atom()?)));
        }
        let base = self.atom()?;
        Ok(match self.peek() {
            Some(&Token::Superscript(power)) => {
                self.at += 1;
                Expression::Power(Box::new(base), power)
            }
            _ => base,
        })
    }

    fn atom(&mut self) -> Result<Expression, Error> {
        match self.peek().cloned() {
            Some(Token::Number(number)) => {
                self.at += 1;
                Ok(Expression::Number(number))
            }
            Some(Token::Word(word)) if !KEYWORDS.contains(&&*word) => self.word(&word),
            Some(Token::Sign('(')) => {
                self.at += 1;
                let inside = self.within(Self::body)?;
                self.expect(')', "a closing parenthesis")?;
                Ok(inside)
            }
            Some(Token::Sign('|')) => {
                self.at += 1;
                let inside = self.within(Self::sum)?;
                self.expect('|', "the bar that closes an absolute value")?;
                Ok(Expression::Call(Function::Abs, Box::new(inside)))
            }
            _ => Err(self.unexpected("a number, a name or a parenthesis")),
        }
    }

    /// A function with its arguments, or a name.
    fn word(&mut self, word: &str) -> Result<Expression, Error> {
        let start = self.at;
        self.at += 1;
        let power = match self.peek() {
            Some(&Token::Superscript(power)) if self.tokens.get(self.at + 1).is_some_and(opens) => {
                Some(power)
            }
            _ => None,
        };
        self.at += usize::from(power.is_some());
        if self.tokens.get(self.at).is_some_and(opens) && is_function(word) {
            self.at += 1;
            let call = self.within(|parser| parser.call(word))?;
            return Ok(match power {
                Some(power) => Expression::Power(Box::new(call), power),
                None => call,
            });
        }
        if power.is_some() || self.tokens.get(self.at).is_some_and(opens) {
            self.at = start;
            let known = word == "π" || self.names.iter().any(|name| name == word);
            return Err(if known {
                self.unexpected("a function before a parenthesis")
            } else {
                self.unknown(word)
            });
        }
        if word == "π" {
            return Ok(Expression::Pi);
        }
        if let Some(index) = self.names.iter().position(|name| name == word) {
            return Ok(Expression::Variable(index));
        }
        self.at = start;
        Err(self.unknown(word))
    }

    fn call(&mut self, word: &str) -> Result<Expression, Error> {
        let start = self.at;
        let mut arguments = vec![self.body()?];
        while self.accept(',') {
            arguments.push(self.body()?);
        }
        self.expect(')', "a comma or a closing parenthesis")?;
        let found = arguments.len();
        let mut arguments = arguments.into_iter().map(Box::new);
        let wrong = |function, expected| {
            let problem = Problem::Arguments {
                function,
                expected,
                found,
            };
            Err(Error {
                position: self.position(start),
                problem,
            })
        };
        match (Function::named(word), found) {
            (Some(function), 1) => Ok(Expression::Call(
                function,
                arguments.next().expect("there is one"),
            )),
            (Some(function), _) => wrong(function.name(), 1),
            (None, 2) => {
                let [a, b] = [(); 2].map(|()| arguments.next().expect("there are two"));
                Ok(if word == "min" {
                    Expression::Min(a, b)
                } else {
                    Expression::Max(a, b)
                })
            }
            (None, _) => wrong(if word == "min" { "min" } else { "max" }, 2),
        }
    }

    fn new_name(&mut self) -> Result<String, Error> {
        let Some(Token::Word(word)) = self.peek().cloned() else {
            return Err(self.unexpected("a name to define"));
        };
        let taken =
            KEYWORDS.contains(&&*word) || word == "π" || is_function(&word) || self.names.contains(&word);
        if taken {
            return Err(self.error(Problem::NameTaken(word)));
        }
        self.at += 1;
        Ok(word)
    }

    fn within<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(self.error(Problem::TooLong));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn accept(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn accept_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if found == word);
        self.at += usize::from(found);
        found
    }

    fn accept_relation(&mut self) -> Option<Relation> {
        let Some(&Token::Relation(relation)) = self.peek() else {
            return None;
        };
        self.at += 1;
        Some(relation)
    }

    fn expect(&mut self, sign: char, expected: &'static str) -> Result<(), Error> {
        if self.accept(sign) {
            Ok(())
        } else {
            Err(self.unexpected(expected))
        }
    }

    fn expect_end(&self) -> Result<(), Error> {
        if self.at == self.tokens.len() {
            Ok(())
        } else {
            Err(self.unexpected("an operator or the end"))
        }
    }

    fn unexpected(&self, expected: &'static str) -> Error {
        let found = self.peek().map(Token::to_string);
        self.error(Problem::Unexpected { expected, found })
    }

    fn unknown(&self, word: &str) -> Error {
        self.error(Problem::UnknownName(word.to_owned()))
    }

    fn error(&self, problem: Problem) -> Error {
        Error {
            position: self.position(self.at),
            problem,
        }
    }

    fn position(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(self.end, |(position, _)| *position)
    }
}

fn opens((_, token): &Placed) -> bool {
    *token == Token::Sign('(')
}

fn is_where((_, token): &Placed) -> bool {
    matches!(token, Token::Word(word) if word == "where")
}

fn is_function(word: &str) -> bool {
    Function::named(word).is_some() || ["min", "max"].contains(&word)
}
