//! SPDX licence expressions: names with `AND`, `OR`, `WITH` and parentheses, and the old `/` for `OR`.

/// Whether a licence expression can be met with allowed licences only.
///
/// # Errors
/// What is wrong with the expression.
pub(super) fn is_allowed(expression: &str, allowed: &[String]) -> Result<bool, String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allowed };
    let verdict = reader.either();
    match (verdict, reader.words) {
        (Some(verdict), []) => Ok(verdict),
        _ => Err(format!("{expression:?} is no licence expression")),
    }
}

struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a [String],
}

impl Reader<'_> {
    /// `OR` binds loosest.
    fn either(&mut self) -> Option<bool> {
        let mut verdict = self.both()?;
        while self.takes("OR") {
            verdict |= self.both()?;
        }
        Some(verdict)
    }

    fn both(&mut self) -> Option<bool> {
        let mut verdict = self.one()?;
        while self.takes("AND") {
            verdict &= self.one()?;
        }
        Some(verdict)
    }

    fn one(&mut self) -> Option<bool> {
        if self.takes("(") {
            let verdict = self.either()?;
            return self.takes(")").then_some(verdict);
        }
        let (name, rest) = self.words.split_first()?;
        if matches!(*name, "AND" | "OR" | "WITH" | ")") {
            return None;
        }
        self.words = rest;
        let mut name = (*name).to_owned();
        if self.takes("WITH") {
            let (exception, rest) = self.words.split_first()?;
            self.words = rest;
            name = format!("{name} WITH {exception}");
        }
        Some(self.allowed.contains(&name))
    }

    fn takes(&mut self, word: &str) -> bool {
        match self.words.split_first() {
            Some((first, rest)) if *first == word => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }
}

#[test]
fn expressions_are_met_or_not() {
    let allowed = ["MIT".to_owned(), "ISC".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()];
    for (expression, verdict) in [
        ("MIT", Ok(true)),
        ("GPL-3.0-only", Ok(false)),
        ("GPL-3.0-only OR MIT", Ok(true)),
        ("Unlicense/MIT", Ok(true)),
        ("MIT AND ISC", Ok(true)),
        ("MIT AND GPL-3.0-only", Ok(false)),
        ("MIT OR ISC AND GPL-3.0-only", Ok(true)),
        ("(MIT OR ISC) AND GPL-3.0-only", Ok(false)),
        ("(GPL-3.0-only OR (MIT AND ISC))", Ok(true)),
        ("Apache-2.0 WITH LLVM-exception", Ok(true)),
        ("Apache-2.0", Ok(false)),
        ("MIT WITH LLVM-exception", Ok(false)),
    ] {
        assert_eq!(is_allowed(expression, &allowed), verdict, "{expression}");
    }
    for broken in ["", "MIT OR", "AND MIT", "(MIT", "MIT)", "MIT ISC", "MIT WITH"] {
        assert!(is_allowed(broken, &allowed).is_err(), "{broken}");
    }
}
