//! Rendering: the template engine, with its strict rules.

use std::collections::BTreeMap;
use std::fmt;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};

/// Why a template cannot be rendered: the file, the line, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError(String);

impl TemplateError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Reads an error of the engine. The innermost cause is the place where the mistake is.
    fn read(error: &Error) -> Self {
        let mut innermost = error;
        let mut next: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
        while let Some(cause) = next {
            if let Some(cause) = cause.downcast_ref::<Error>() {
                innermost = cause;
            }
            next = cause.source();
        }
        let place = match (innermost.name(), innermost.line()) {
            (Some(name), Some(line)) => format!("`{name}`, line {line}: "),
            (Some(name), None) => format!("`{name}`: "),
            _ => String::new(),
        };
        let range = innermost.range();
        let at = innermost.template_source().zip(range).and_then(|(source, range)| source.get(range));
        let what = match innermost.detail() {
            Some(detail) => detail.to_owned(),
            None => innermost.kind().to_string(),
        };
        let at = at.map(|at| format!(" in `{}`", at.chars().take(120).collect::<String>())).unwrap_or_default();
        Self(format!("{place}{what}{at}"))
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TemplateError {}

/// A mistake of the application: the caller learns no more than the request id.
impl From<TemplateError> for crate::error::Error {
    fn from(error: TemplateError) -> Self {
        Self::internal(error)
    }
}

/// An engine with these files, and with the values of `app`.
///
/// # Errors
/// Every file that cannot be compiled.
pub(super) fn compile(files: &BTreeMap<String, String>, app: Value) -> Result<Environment<'static>, Vec<String>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Known from the source, so messages can quote it.
    environment.set_debug(true);
    // A line with a tag alone leaves no empty line.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.set_auto_escape_callback(|name| match name.ends_with(".txt") {
        true => AutoEscape::None,
        // Anything else is escaped, although the library of files lets no other name in.
        false => AutoEscape::Html,
    });
    environment.set_formatter(|out, state, value| {
        if value.is_none() {
            // The engine would print the word `None` into the mail.
            return Err(Error::new(ErrorKind::InvalidOperation, "the value is null; write `{% if .. %}` around it"));
        }
        if value.kind() == ValueKind::Bool {
            return minijinja::escape_formatter(
                out,
                state,
                &Value::from(if value.is_true() { "true" } else { "false" }),
            );
        }
        match value.as_str() {
            // The engine's own way would also write `&#x2f;` for every slash of an address.
            Some(text) if *state.auto_escape() == AutoEscape::Html && !value.is_safe() => {
                out.write_str(&crate::html::escape(text)).map_err(Error::from)
            }
            _ => minijinja::escape_formatter(out, state, value),
        }
    });
    environment.add_global("app", app);
    let mut problems = Vec::new();
    for (name, source) in files {
        if let Err(error) = environment.add_template_owned(name.clone(), source.clone()) {
            problems.push(TemplateError::read(&error).to_string());
        }
    }
    if problems.is_empty() { Ok(environment) } else { Err(problems) }
}

/// Renders a file with these values.
pub(super) fn render(environment: &Environment<'_>, file: &str, values: &Value) -> Result<String, TemplateError> {
    let rendered = environment.get_template(file).and_then(|template| template.render(values.clone()));
    rendered.map_err(|error| TemplateError::read(&error))
}
