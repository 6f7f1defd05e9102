//! Query strings that are valid, and the trees that they become.

use resourceful::internals::query::{Start, parse_count, parse_list, parse_none};

use super::fixture::{FOLDERS, NOTE, NOTES, by_system, query};

#[track_caller]
fn check(raw: &str, tree: &str) {
    match parse_list(&by_system(&NOTES), raw) {
        Ok(list) => assert_eq!(query(&NOTE, &list), tree, "{raw}"),
        Err(error) => panic!("{raw}: {error:?}"),
    }
}

#[test]
fn a_list_without_parameters_is_the_first_page_in_the_resources_order() {
    let list = parse_list(&by_system(&NOTES), "").unwrap();
    assert!(list.filter.is_none() && list.words.is_empty());
    assert_eq!((list.start.clone(), list.size, list.offset()), (Start::Page(1), 20, 0));
    assert_eq!(list.sort.len(), 1);
    assert!(list.sort[0].descending && NOTE.fields[list.sort[0].field].name == "due");
    assert_eq!(parse_list(&by_system(&FOLDERS), "").unwrap().size, 5);
}

#[test]
fn filters() {
    check("id=7", "id eq 7");
    check("isActive=true", "is_active eq true");
    check("name=Ada", r#"name eq "Ada""#);
    check("name[eq]=Ada", r#"name eq "Ada""#);
    check("name=", r#"name eq """#);
    check("name[ne]=a&name[contains]=b", r#"(name ne "a" & name contains "b")"#);
    check("name[in]=a,b,c d", r#"name in ["a" "b" "c d"]"#);
    check("priority[nin]=1,-2,0", "priority nin [1 -2 0]");
    check("title[isNull]=true&due[isNull]=false", "(title isNull true & due isNull false)");
    check(
        "priority[gt]=1&priority[gte]=2&priority[lt]=3&priority[lte]=4",
        "(priority gt 1 & priority gte 2 & priority lt 3 & priority lte 4)",
    );
    check(
        "name[icontains]=A&name[startsWith]=B&name[endsWith]=C",
        r#"(name icontains "A" & name startsWith "B" & name endsWith "C")"#,
    );
    check("due[gte]=2026-01-01T00:00:00Z", r#"due gte "2026-01-01T00:00:00Z""#);
    check("due=2026-01-01T02:00:00%2B02:00", r#"due eq "2026-01-01T00:00:00Z""#);
    check("day[lt]=2026-02-28", r#"day lt "2026-02-28""#);
    check("score=-0&score[lt]=1e3", "(score eq 0.0 & score lt 1000.0)");
    check("price[gte]=12.50", r#"price gte "12.50""#);
    check("status[in]=open,done", r#"status in ["open" "done"]"#);
    check("token=0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60", r#"token eq "0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60""#);
}

#[test]
fn encoding() {
    check("name=a+b%20c%2Bd", r#"name eq "a b c+d""#);
    check("name=%C3%A9", r#"name eq "é""#);
    check("name=é", r#"name eq "é""#);
    check("name=a=b", r#"name eq "a=b""#);
    check("n%61me%5Bcontains%5D=%25", r#"name contains "%""#);
    check("name[contains]=%25%5F%5C%2A%3F%5B", r#"name contains "%_\\*?[""#);
    check("name=%26", r#"name eq "&""#);
}

#[test]
fn paging_order_and_search() {
    check("page=2&size=100", "page=2 size=100");
    check("size=20&page=1", "");
    check("sort=-due,name", "sort=-due,name");
    check("sort=id", "sort=id");
    check("sort=-priority", "sort=-priority");
    check("count=none", "count=None");
    check("count=exact", "");
    check("count=estimated", "count=Estimated");
    check("q=ada++lovelace", r#"q=["ada", "lovelace"]"#);
    check("q=%25", r#"q=["%"]"#);
    // The last page whose end can be counted.
    check("page=92233720368547758&size=100", "page=92233720368547758 size=100");
    assert_eq!(parse_list(&by_system(&NOTES), "page=3&size=10").unwrap().offset(), 20);
}

#[test]
fn counts_take_filters_and_search() {
    let count = parse_count(&by_system(&NOTES), "q=a&isActive=true").unwrap();
    assert_eq!(query(&NOTE, &count), r#"is_active eq true q=["a"]"#);
    assert!(parse_count(&by_system(&NOTES), "").is_ok());
    assert!(parse_none("").is_ok());
}

#[test]
fn limits_are_reached_before_they_are_passed() {
    let list = format!("priority[in]={}", vec!["1"; 1_000].join(","));
    assert!(parse_list(&by_system(&NOTES), &list).is_ok());
    assert!(parse_list(&by_system(&NOTES), &format!("name[contains]={}", "é".repeat(200))).is_ok());
    assert!(parse_list(&by_system(&NOTES), "q=a b c d e f g h i j").is_ok());
}
