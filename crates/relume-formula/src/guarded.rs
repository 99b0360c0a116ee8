//! The same function, in which no case computes with numbers that belong to another.

use crate::tree::{Condition, Expression, Formula, Function, Operator};

impl Formula {
    /// The same function for arithmetic that computes all cases and chooses afterwards, as tensors do. There a gradient
    /// flows through the cases that are not chosen, where 0·∞ is NaN: so each case that could overflow gets an `x` of its
    /// own, which is a bound of its condition wherever another case is chosen.
    ///
    /// ```
    /// use relume_formula::{Floats, Formula};
    /// let elu = Formula::parse("x for x ≥ 0, else exp(x) − 1", &[])?;
    /// let guarded = elu.guarded();
    /// assert_eq!(guarded.to_string(), "x for x ≥ 0, else exp(x′) − 1, where x′ = (0 for x ≥ 0, else x)");
    /// assert_eq!(guarded.evaluate(&Floats, -1.0, &[]), elu.evaluate(&Floats, -1.0, &[]));
    /// # Ok::<(), relume_formula::Error>(())
    /// ```
    pub fn guarded(&self) -> Self {
        let mut guarded = Guarded {
            formula: self,
            names: self.names[..=self.parameters()].to_vec(),
            definitions: Vec::new(),
        };
        let body = guarded.rewritten(&self.body, &mut Scope::new(0, self));
        Self {
            names: guarded.names,
            definitions: guarded.definitions,
            body,
        }
    }

    fn defined(&self, variable: usize) -> Option<&Expression> {
        self.definitions.get(variable.checked_sub(self.parameters() + 1)?)
    }

    fn depends_on_x(&self, expression: &Expression) -> bool {
        match expression {
            Expression::Variable(0) => true,
            Expression::Variable(index) => self.defined(*index).is_some_and(|of| self.depends_on_x(of)),
            _ => expression.parts().iter().any(|part| self.depends_on_x(part)),
        }
    }

    /// Whether it could be infinite for a finite `x`, or have a derivative that is.
    fn can_overflow(&self, expression: &Expression) -> bool {
        let depends = |part| self.depends_on_x(part);
        let itself = match expression {
            Expression::Call(function, argument) => *function != Function::Abs && depends(argument),
            Expression::Power(base, _) => depends(base),
            Expression::Binary(Operator::Divide, _, by) => depends(by),
            Expression::Binary(Operator::Multiply, a, b) => depends(a) && depends(b),
            Expression::Variable(index) => self.defined(*index).is_some_and(|of| self.can_overflow(of)),
            _ => false,
        };
        itself || expression.parts().iter().any(|part| self.can_overflow(part))
    }

    /// A number that conditions compare `x` or `|x|` with.
    fn bound<'a>(&self, cases: &'a [(Expression, Condition)]) -> Option<&'a Expression> {
        let compared = |expression: &Expression| match expression {
            Expression::Variable(0) => true,
            Expression::Call(Function::Abs, of) => **of == Expression::Variable(0),
            _ => false,
        };
        let chains = cases.iter().flat_map(|(_, condition)| &condition.0);
        let mut pairs = chains.flat_map(|chain| {
            let left = std::iter::once(&chain.first).chain(chain.rest.iter().map(|(_, next)| next));
            left.zip(chain.rest.iter().map(|(_, next)| next))
        });
        pairs.find_map(|(left, right)| match (compared(left), compared(right)) {
            (true, _) if !self.depends_on_x(right) => Some(right),
            (_, true) if !self.depends_on_x(left) => Some(left),
            _ => None,
        })
    }
}

/// The variables of the given formula among those of the new one.
struct Scope {
    x: usize,
    /// Those that were needed so far.
    definitions: Vec<Option<usize>>,
}

impl Scope {
    fn new(x: usize, formula: &Formula) -> Self {
        Self {
            x,
            definitions: vec![None; formula.definitions.len()],
        }
    }
}

/// The new formula as far as it is written.
struct Guarded<'a> {
    formula: &'a Formula,
    names: Vec<String>,
    definitions: Vec<Expression>,
}

impl Guarded<'_> {
    fn rewritten(&mut self, expression: &Expression, scope: &mut Scope) -> Expression {
        match expression {
            Expression::Variable(index) => Expression::Variable(self.variable(*index, scope)),
            Expression::Cases(cases, otherwise) => self.cases(cases, otherwise, scope),
            _ => expression.map(&mut |part| self.rewritten(part, scope)),
        }
    }

    fn variable(&mut self, index: usize, scope: &mut Scope) -> usize {
        if index == 0 {
            return scope.x;
        }
        let Some(definition) = self.formula.defined(index) else {
            return index;
        };
        let place = index - self.formula.parameters() - 1;
        if let Some(known) = scope.definitions[place] {
            return known;
        }
        let definition = self.rewritten(definition, scope);
        let new = self.define(index, definition);
        scope.definitions[place] = Some(new);
        new
    }

    /// Another variable named like one of the given formula.
    fn define(&mut self, like: usize, definition: Expression) -> usize {
        let mut name = self.formula.names[like].clone();
        while self.names.contains(&name) {
            name.push('′');
        }
        self.names.push(name);
        self.definitions.push(definition);
        self.names.len() - 1
    }

    fn cases(
        &mut self,
        cases: &[(Expression, Condition)],
        otherwise: &Expression,
        scope: &mut Scope,
    ) -> Expression {
        let bound = self.formula.bound(cases);
        let bound = bound.map(|bound| self.rewritten(bound, scope));
        let conditions: Vec<Condition> = cases
            .iter()
            .map(|(_, condition)| condition.map(&mut |part| self.rewritten(part, scope)))
            .collect();
        let mut values = Vec::new();
        for (place, value) in cases
            .iter()
            .map(|(value, _)| value)
            .chain([otherwise])
            .enumerate()
        {
            values.push(match &bound {
                Some(bound) if self.formula.can_overflow(value) => {
                    let x = own_x(scope.x, bound, &conditions, place);
                    let x = self.define(0, x);
                    self.rewritten(value, &mut Scope::new(x, self.formula))
                }
                _ => self.rewritten(value, scope),
            });
        }
        let otherwise = values.pop().expect("there is one more than conditions");
        Expression::Cases(values.into_iter().zip(conditions).collect(), Box::new(otherwise))
    }
}

/// `x` where the case of this place is chosen, else the bound.
fn own_x(x: usize, bound: &Expression, conditions: &[Condition], place: usize) -> Expression {
    let before = conditions[..place].iter();
    let mut cases: Vec<_> = before
        .map(|condition| (bound.clone(), condition.clone()))
        .collect();
    let x = Expression::Variable(x);
    match conditions.get(place) {
        Some(own) => {
            cases.push((x, own.clone()));
            Expression::Cases(cases, Box::new(bound.clone()))
        }
        None => Expression::Cases(cases, Box::new(x)),
    }
}
