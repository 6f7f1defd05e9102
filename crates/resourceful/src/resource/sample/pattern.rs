//! Patterns of the `regex` crate: in the dialect of JSON Schema, and texts that match them.

use regex_syntax::ast::{self, Ast, ClassPerlKind, ClassSet, ClassSetItem, GroupKind, RepetitionKind, RepetitionRange};
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// The pattern in the dialect of ECMA-262, if it means the same there. The dialects differ in flags, set operations and
/// names of classes; `\d`, `\w` and `\s` match more than ASCII on the server only.
pub(crate) fn portable(pattern: &str) -> Option<String> {
    let ast = ast::parse::Parser::new().parse(pattern).ok()?;
    let mut out = String::with_capacity(pattern.len());
    render(&ast, &mut out)?;
    Some(out)
}

fn render(ast: &Ast, out: &mut String) -> Option<()> {
    match ast {
        Ast::Empty(_) => {}
        Ast::Literal(literal) => push_literal(literal.c, "^$\\.*+?()[]{}|/", out),
        Ast::Dot(_) => out.push('.'),
        Ast::Assertion(assertion) => out.push_str(match assertion.kind {
            ast::AssertionKind::StartLine | ast::AssertionKind::StartText => "^",
            ast::AssertionKind::EndLine | ast::AssertionKind::EndText => "$",
            ast::AssertionKind::WordBoundary => "\\b",
            ast::AssertionKind::NotWordBoundary => "\\B",
            _ => return None,
        }),
        Ast::ClassPerl(class) => push_perl(class, out),
        Ast::ClassUnicode(class) => push_unicode(class, out)?,
        Ast::ClassBracketed(class) => {
            out.push_str(if class.negated { "[^" } else { "[" });
            let ClassSet::Item(item) = &class.kind else { return None };
            render_item(item, out)?;
            out.push(']');
        }
        Ast::Repetition(repetition) => {
            render(&repetition.ast, out)?;
            match &repetition.op.kind {
                RepetitionKind::ZeroOrOne => out.push('?'),
                RepetitionKind::ZeroOrMore => out.push('*'),
                RepetitionKind::OneOrMore => out.push('+'),
                RepetitionKind::Range(RepetitionRange::Exactly(n)) => out.push_str(&format!("{{{n}}}")),
                RepetitionKind::Range(RepetitionRange::AtLeast(n)) => out.push_str(&format!("{{{n},}}")),
                RepetitionKind::Range(RepetitionRange::Bounded(n, m)) => out.push_str(&format!("{{{n},{m}}}")),
            }
            if !repetition.greedy {
                out.push('?');
            }
        }
        Ast::Group(group) => {
            out.push_str(match &group.kind {
                GroupKind::CaptureIndex(_) | GroupKind::CaptureName { .. } => "(",
                GroupKind::NonCapturing(flags) if flags.items.is_empty() => "(?:",
                GroupKind::NonCapturing(_) => return None,
            });
            render(&group.ast, out)?;
            out.push(')');
        }
        Ast::Alternation(alternation) => {
            for (at, branch) in alternation.asts.iter().enumerate() {
                if at > 0 {
                    out.push('|');
                }
                render(branch, out)?;
            }
        }
        Ast::Concat(concat) => concat.asts.iter().try_for_each(|part| render(part, out))?,
        Ast::Flags(_) => return None,
    }
    Some(())
}

fn render_item(item: &ClassSetItem, out: &mut String) -> Option<()> {
    const META: &str = "\\]^-[/";
    match item {
        ClassSetItem::Empty(_) => {}
        ClassSetItem::Literal(literal) => push_literal(literal.c, META, out),
        ClassSetItem::Range(range) => {
            push_literal(range.start.c, META, out);
            out.push('-');
            push_literal(range.end.c, META, out);
        }
        ClassSetItem::Perl(class) => push_perl(class, out),
        ClassSetItem::Unicode(class) => push_unicode(class, out)?,
        ClassSetItem::Union(union) => union.items.iter().try_for_each(|item| render_item(item, out))?,
        ClassSetItem::Ascii(_) | ClassSetItem::Bracketed(_) => return None,
    }
    Some(())
}

fn push_literal(c: char, meta: &str, out: &mut String) {
    if meta.contains(c) {
        out.push('\\');
        out.push(c);
    } else if c.is_control() {
        out.push_str(&format!("\\u{:04x}", u32::from(c)));
    } else {
        out.push(c);
    }
}

fn push_perl(class: &ast::ClassPerl, out: &mut String) {
    out.push_str(match (&class.kind, class.negated) {
        (ClassPerlKind::Digit, false) => "\\d",
        (ClassPerlKind::Digit, true) => "\\D",
        (ClassPerlKind::Space, false) => "\\s",
        (ClassPerlKind::Space, true) => "\\S",
        (ClassPerlKind::Word, false) => "\\w",
        (ClassPerlKind::Word, true) => "\\W",
    });
}

/// General categories by their short names are the same in both; other names are matched loosely on our side only.
fn push_unicode(class: &ast::ClassUnicode, out: &mut String) -> Option<()> {
    let name = match &class.kind {
        ast::ClassUnicodeKind::OneLetter(letter) => letter.to_string(),
        ast::ClassUnicodeKind::Named(name) => name.clone(),
        ast::ClassUnicodeKind::NamedValue { .. } => return None,
    };
    let mut letters = name.chars();
    let short =
        letters.next().is_some_and(|c| "LMNPSZC".contains(c)) && letters.next().is_none_or(|c| c.is_ascii_lowercase());
    if !short || name.len() > 2 {
        return None;
    }
    out.push_str(if class.negated { "\\P{" } else { "\\p{" });
    out.push_str(&name);
    out.push('}');
    Some(())
}

/// Whether no text that matches the pattern can hold U+0000.
pub(crate) fn excludes_nul(pattern: &str) -> bool {
    let Ok(hir) = regex_syntax::parse(pattern) else { return false };
    let properties = hir.properties();
    properties.look_set_prefix().contains(Look::Start)
        && properties.look_set_suffix().contains(Look::End)
        && !has_nul(&hir)
}

fn has_nul(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => literal.0.contains(&0),
        HirKind::Class(Class::Unicode(class)) => class.ranges().iter().any(|range| range.start() == '\0'),
        HirKind::Class(Class::Bytes(class)) => class.ranges().iter().any(|range| range.start() == 0),
        HirKind::Repetition(repetition) => has_nul(&repetition.sub),
        HirKind::Capture(capture) => has_nul(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(has_nul),
    }
}

/// Text that follows the pattern, with `extra` more rounds of each repetition than necessary. Word boundaries and anchors
/// in the middle are ignored, so the text may not match: the caller must check it.
pub(crate) fn sample(pattern: &str, extra: u32) -> Option<String> {
    let mut out = Vec::new();
    grow(&regex_syntax::parse(pattern).ok()?, extra, &mut out)?;
    String::from_utf8(out).ok()
}

fn grow(hir: &Hir, extra: u32, out: &mut Vec<u8>) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(Class::Unicode(class)) => {
            let fair = ['a', 'A', '1', '-', ' '];
            let holds = |c: char| class.ranges().iter().any(|range| range.start() <= c && c <= range.end());
            let first = class.ranges().first().map(|range| range.start());
            let c = fair.into_iter().find(|&c| holds(c)).or(first)?;
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        HirKind::Class(Class::Bytes(class)) => out.push(class.ranges().first()?.start()),
        HirKind::Repetition(repetition) => {
            let rounds = repetition.min.saturating_add(extra).min(repetition.max.unwrap_or(u32::MAX));
            for _ in 0..rounds {
                // Nested repetitions multiply; such a long example is useless.
                if out.len() > 4096 {
                    return None;
                }
                grow(&repetition.sub, extra, out)?;
            }
        }
        HirKind::Capture(capture) => grow(&capture.sub, extra, out)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| grow(part, extra, out))?,
        HirKind::Alternation(branches) => grow(branches.first()?, extra, out)?,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_go_over_only_where_they_mean_the_same() {
        let table = [
            ("^[a-z0-9-]+$", Some("^[a-z0-9\\-]+$")),
            ("\\A(?P<year>[0-9]{4})-\\d{1,2}?\\z", Some("^([0-9]{4})-\\d{1,2}?$")),
            ("(?:a|b\\.)*/", Some("(?:a|b\\.)*\\/")),
            ("\\p{Lu}\\PN[^\\s\\]]", Some("\\p{Lu}\\P{N}[^\\s\\]]")),
            ("a\\x00b", Some("a\\u0000b")),
            ("\\#", Some("#")),
            ("(?i)a", None),
            ("(?i:a)", None),
            ("[[:alpha:]]", None),
            ("[a-z&&[^b]]", None),
            ("\\p{Greek}", None),
            ("(", None),
        ];
        for (pattern, expected) in table {
            assert_eq!(portable(pattern).as_deref(), expected, "{pattern}");
        }
    }

    #[test]
    fn samples_match() {
        for pattern in ["^[A-Z]{2}-[0-9]{4,}$", "(ab|c)+x?", "^\\p{L}+ \\w{3}$", "^$", "[^a-zA-Z0-9]"] {
            for extra in [0, 3] {
                let sample = sample(pattern, extra).expect("a sample");
                assert_eq!(crate::rules::pattern(pattern, &sample), Ok(()), "{pattern}: {sample}");
            }
        }
        assert_eq!(sample("((a{100}){100}){100}", 0), None);
    }

    #[test]
    fn nul_is_excluded_by_closed_patterns_only() {
        let table = [
            ("^[a-z]*$", true),
            ("^a|b$", false),
            ("[a-z]", false),
            ("^.*$", false),
            ("^[^a]$", false),
            ("^(a|b)$", true),
        ];
        for (pattern, expected) in table {
            assert_eq!(excludes_nul(pattern), expected, "{pattern}");
        }
    }
}
