use super::*;

/// The guide and `.env.example`.
const GUIDE: &str = include_str!("../docs/limits.md");
const EXAMPLE: &str = include_str!("../../../../.env.example");

fn read(production: bool, values: &[(&str, &str)]) -> Result<Limits, Vec<String>> {
    let environment = if production { "production" } else { "test" };
    let all = |name: &str| match name {
        "ENVIRONMENT" => Some(environment.to_owned()),
        _ => values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
    };
    let mut reader = Reader::new(&all);
    reader.read_environment();
    let limits = Limits::from_env(&mut reader, |_| true);
    let problems = reader.finish();
    if problems.is_empty() { Ok(limits) } else { Err(problems) }
}

#[test]
fn the_guide_and_the_example_name_every_limit_with_its_default() {
    for limit in ALL {
        let row =
            format!("| `{}` | {} | {} | {} |", limit.variable, limit.default_text(), limit.unit.word(), limit.meaning);
        assert!(GUIDE.contains(&row), "docs/limits.md lacks the row\n{row}");
        let line = format!("\n#{}={}\n", limit.variable, limit.default_text());
        assert!(EXAMPLE.contains(&line), ".env.example lacks the line{line}");
    }
    let rows = GUIDE.lines().filter(|line| line.starts_with("| `") && line.matches('|').count() == 5);
    let unknown: Vec<&str> = rows.filter(|row| !ALL.iter().any(|limit| row.contains(limit.variable))).collect();
    assert!(unknown.is_empty(), "the guide has rows for limits that do not exist: {unknown:?}");
}

#[test]
fn the_guide_names_the_limits_of_queries() {
    use crate::query::limits::*;
    let all = [
        FILTERS,
        LIST,
        VALUES,
        NEEDLE,
        WORDS,
        SORT,
        DEPTH,
        RELATIONS,
        INCLUDES,
        INCLUDE_DEPTH,
        INCLUDED,
        INCLUDED_ROWS,
        CURSOR,
    ];
    for (value, row) in all.iter().zip(GUIDE.lines().skip_while(|line| !line.starts_with("| a query")).skip(2)) {
        assert!(row.ends_with(&format!("| {value} |")), "{value}: {row}");
    }
}

#[test]
fn each_is_set_by_its_variable() {
    assert_eq!(read(true, &[]).unwrap(), Limits::default());
    for limit in ALL {
        assert_eq!(limit.value(&Limits::default()), limit.default, "{}", limit.name);
        let limits = read(true, &[(limit.variable, "7")]).unwrap();
        for other in ALL {
            let expected = if other.name == limit.name { 7.0 } else { other.default };
            assert_eq!(other.value(&limits), expected, "{} when {} is set", other.name, limit.name);
        }
    }
    assert_eq!(read(true, &[("STATEMENT_TIMEOUT", "0.25")]).unwrap().statement_timeout, Duration::from_millis(250));
}

#[test]
fn an_invalid_number_is_reported_with_its_variable() {
    for limit in ALL {
        for text in ["-1", "1e3", "inf", "NaN", "ten", "1 MiB", "0x10", "+5", "1.2.3", "1_000"] {
            let problems = read(false, &[(limit.variable, text)]).unwrap_err();
            assert!(problems[0].starts_with(&format!("{} is `{text}`; it must be", limit.variable)), "{problems:?}");
        }
        if limit.unit != Unit::Seconds {
            assert!(read(false, &[(limit.variable, "1.5")]).is_err(), "{}", limit.name);
        }
    }
}

#[test]
fn production_reports_every_missing_or_too_high_limit_together() {
    for text in ["0", "000", "99999999999999999999999"] {
        let values: Vec<(&str, &str)> = ALL.iter().map(|limit| (limit.variable, text)).collect();
        let problems = read(true, &values).unwrap_err();
        assert_eq!(problems.len(), ALL.len(), "{problems:?}");
        for limit in ALL {
            assert!(problems.iter().any(|problem| problem.starts_with(limit.variable)), "{}", limit.variable);
        }
        let limits = read(false, &values).expect("tests may switch limits off");
        assert!(ALL.iter().all(|limit| limit.value(&limits) > limit.most));
    }
}
