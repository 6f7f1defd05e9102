//! Mistakes in the use of each key, made from the reference of the attributes: a key that is added to the grammar is in
//! the reference, and so it is here.

use super::Planned;

const REFERENCE: &str = include_str!("../../../crates/resourceful/src/docs/attributes.md");

/// A row of the reference.
struct Key {
    /// Where it may be: a heading of the reference.
    place: Place,
    name: String,
    /// As in `table = "projects"`.
    example: String,
    /// The field or variant that the example has.
    item: String,
    repeats: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Struct,
    Field,
    Enum,
    Variant,
}

const HEADINGS: [(&str, Place); 4] = [
    ("# Attributes of the struct", Place::Struct),
    ("# Attributes of a field", Place::Field),
    ("# Attributes of an enum that derives `ResourceEnum`", Place::Enum),
    ("# Attributes of its variants", Place::Variant),
];

/// The mistakes.
pub fn planned() -> Vec<Planned> {
    let keys = keys();
    assert!(keys.len() > 50, "the reference is read: {}", keys.len());
    let mut planned = Vec::new();
    for key in &keys {
        planned.extend(of(key));
        // A key where another item has none of this name.
        for (_, place) in HEADINGS {
            let elsewhere =
                Key { place, name: key.name.clone(), example: key.example.clone(), item: item(place), repeats: true };
            if !keys
                .iter()
                .any(|other| other.place == place && (other.name == key.name || is_near(&other.name, &key.name)))
            {
                let source = elsewhere.source(&key.example);
                planned.push(Planned::new(
                    format!("{}_on_{place:?}", key.id()),
                    source,
                    &key.name,
                    &["is a key of", "move it there"],
                ));
            }
        }
    }
    planned
}

/// One letter is rather a typing error than another key.
fn is_near(one: &str, other: &str) -> bool {
    one.len().abs_diff(other.len()) <= 1
        && one.chars().zip(other.chars()).filter(|(one, other)| one != other).count() <= 1
}

fn keys() -> Vec<Key> {
    let mut keys = Vec::new();
    let mut place = None;
    for line in REFERENCE.lines() {
        if line.starts_with('#') {
            place = HEADINGS.iter().find(|(heading, _)| *heading == line).map(|(_, place)| *place);
        }
        let (Some(place), Some(row)) = (place, line.strip_prefix("| `")) else { continue };
        let Some((name, rest)) = row.split_once("` | ") else { continue };
        let Some((_, example)) = rest.trim_end_matches(" |").trim_end_matches('`').rsplit_once("`#[resource(") else {
            continue;
        };
        let (example, item) = example.rsplit_once(")]").unwrap_or((example, ""));
        keys.push(Key {
            place,
            name: name.to_owned(),
            example: example.replace("my_crate::resourceful", "::resourceful"),
            item: item.trim().to_owned(),
            repeats: line.contains("Can be given several times."),
        });
    }
    keys
}

fn item(place: Place) -> String {
    match place {
        Place::Field => "due_date: NaiveDate".to_owned(),
        Place::Variant => "Done".to_owned(),
        Place::Struct | Place::Enum => String::new(),
    }
}

impl Key {
    fn id(&self) -> String {
        format!("{:?}_{}", self.place, self.name)
    }

    /// A resource or an enum with these keys at the place.
    fn source(&self, keys: &str) -> String {
        let item = &self.item;
        match self.place {
            Place::Struct => format!(
                "{RESOURCE}#[derive(Clone, Debug, Resource)]\n#[resource({keys})]\npub struct Project {{ {FIELDS} }}\n"
            ),
            Place::Field if item.starts_with("key:") => {
                format!(
                    "{RESOURCE}#[derive(Clone, Debug, Resource)]\npub struct Project {{ #[resource({keys})] pub {item} }}\n"
                )
            }
            Place::Field => {
                format!(
                    "{RESOURCE}#[derive(Clone, Debug, Resource)]\npub struct Project {{ pub id: Uuid, #[resource({keys})] pub {item} }}\n"
                )
            }
            Place::Enum => format!("{ENUM}#[resource({keys})]\npub enum Status {{ Open }}\n"),
            Place::Variant => format!("{ENUM}pub enum Status {{ Open, #[resource({keys})] {item} }}\n"),
        }
    }
}

const RESOURCE: &str = "use resourceful::prelude::*;\n";
const ENUM: &str = "use resourceful::prelude::*;\n#[derive(Clone, Copy, Debug, PartialEq, Eq, ResourceEnum)]\n";
/// The fields that examples name.
const FIELDS: &str =
    "pub id: Uuid, #[resource(search)] pub name: String, pub owner_id: String, pub created_at: DateTime<Utc>";

fn of(key: &Key) -> Vec<Planned> {
    let Key { name, example, .. } = key;
    let id = key.id();
    let quoted = format!("`{name}`");
    let plan = |what: &str, keys: &str, at: &str, says: &[&str]| {
        Planned::new(format!("{id}_{what}"), key.source(keys), at, says)
    };
    let typo = format!("{name}x");
    let misspelled = example.replacen(name, &typo, 1);
    let mut planned = vec![plan("misspelled", &misspelled, &typo, &["unknown key", &typo, "did you mean", &quoted])];
    if !key.repeats {
        planned.push(plan("doubled", &format!("{example}, {example}"), name, &[&quoted, "given twice"]));
    }
    let rest = example[name.len()..].trim();
    if rest.is_empty() {
        planned.push(plan("with_value", &format!("{name} = true"), "=", &[&quoted, "has no value"]));
        planned.push(plan("with_list", &format!("{name}(true)"), "(", &[&quoted, "has no value"]));
    } else {
        planned.push(plan("without_value", name, name, &[&quoted, "is incomplete", "write for example"]));
        if rest.starts_with('=') {
            planned.push(plan("with_nothing_after_equals", &format!("{name} ="), name, &[&quoted, "is incomplete"]));
            if rest.ends_with('"') {
                planned.push(plan("with_number", &format!("{name} = 1"), "1", &[&quoted, "is not written like this"]));
            }
            planned.push(plan("with_list", &format!("{name}(1)"), "(", &[&quoted, "is not written like this"]));
        } else {
            planned.push(plan("with_empty_list", &format!("{name}()"), "", &[&quoted, "is incomplete"]));
            planned.push(plan("with_equals", &format!("{name} = 1"), "=", &[&quoted, "is not written like this"]));
        }
    }
    planned
}
