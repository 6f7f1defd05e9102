//! `file(..)`: which files a field takes.

use syn::LitStr;

use super::spelling::{Kind, Spelled};
use crate::attributes::FileInput;
use crate::errors::Errors;
use crate::grammar::{FieldKey, Item};
use crate::resource::model::{Demand, Fact, FieldInput, FileLimits};
use crate::sizes;

/// Keys that mean nothing on a file, which is written by an endpoint of its own.
const NOT_ON_FILE: &[(FieldKey, &str)] = &[
    (FieldKey::Default, "a row is created without its file"),
    (FieldKey::CreateOnly, "a row is created without its file"),
    (FieldKey::BelongsTo, "a file is not the id of a row"),
];

/// The types of images that smaller copies can be made of.
const IMAGES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

const TYPE: &str = "a file has the type `Option<FileRef>`: a row exists before its file is uploaded";

/// The limits of a field that is a file.
pub(super) fn check_file(
    written: &FieldInput,
    spelled: &Spelled,
    demands: &mut Vec<Demand>,
    errors: &mut Errors,
) -> Option<FileLimits> {
    let name = &written.ident;
    let is_file = spelled.kind() == Some(Kind::File);
    if is_file && !spelled.optional {
        errors.on(&written.ty, format!("{TYPE}; write `Option<FileRef>`"));
    }
    if is_file && !written.keys.has(FieldKey::File) && written.keys.is_complete() {
        let example = FieldKey::File.key().example;
        errors.on(
            name,
            format!("`{name}` is a file, and nothing says which files it takes; add `#[resource({example})]`"),
        );
    }
    let (word, file) = written.keys.file(FieldKey::File)?;
    match spelled.kind() {
        Some(Kind::File) => {}
        Some(_) => {
            let found = &spelled.word;
            errors.on(word, format!("`file` does not fit the type of `{name}`, {found}; remove it\n{TYPE}"));
        }
        None => demands.push(Demand::holds(Fact::File, word.span(), TYPE)),
    }
    for (key, why) in NOT_ON_FILE {
        if let Some(word) = written.keys.word(*key) {
            errors.on(word, format!("`{}` has no effect on the file `{name}`: {why}; remove it", key.name()));
        }
    }
    let max = check_max(word, file, errors);
    let types = check_types(word, file, errors);
    let thumbs = check_thumbs(file, &types, demands, errors);
    Some(FileLimits { max, types, thumbs })
}

fn check_max(word: &syn::Ident, file: &FileInput, errors: &mut Errors) -> u64 {
    let Some(text) = &file.max else {
        if file.is_complete {
            errors
                .on(word, "`file` needs `max`, the largest size that is accepted; write for example `max = \"10MiB\"`");
        }
        return 0;
    };
    sizes::bytes(&text.value()).unwrap_or_else(|| {
        let message = format!(
            "`{}` is not a size; write for example \"10MiB\"\nallowed: a whole number from 1 with `B`, `KiB`, `MiB` or `GiB`, up to 64GiB",
            text.value()
        );
        errors.on(text, message);
        0
    })
}

fn check_types(word: &syn::Ident, file: &FileInput, errors: &mut Errors) -> Vec<String> {
    let list = match &file.types {
        Some(list) if list.is_empty() && file.is_complete => None,
        Some(list) => Some(list),
        None if !file.is_complete => return Vec::new(),
        None => None,
    };
    let Some(list) = list else {
        errors.on(
            word,
            "`file` needs `types`, the content types that are accepted; write for example `types(\"image/png\")`, or `types(\"*/*\")` for all",
        );
        return Vec::new();
    };
    let mut types: Vec<String> = Vec::new();
    for text in list {
        let value = text.value();
        if !is_type(&value) {
            let message = format!(
                "`{value}` is not a content type; write for example \"image/png\"\nallowed: a type and a subtype in lower case without parameters, or \"*/*\" for all"
            );
            errors.on(text, message);
        } else if types.contains(&value) {
            errors.on(text, format!("`{value}` is listed twice; remove one of the two"));
        } else {
            types.push(value);
        }
    }
    if let Some(all) = list.iter().find(|text| text.value() == "*/*" && list.len() > 1) {
        errors.on(all, "`*/*` accepts all types; remove it, or the others");
    }
    types
}

/// `type/subtype` (RFC 6838 section 4.2), in lower case.
fn is_type(text: &str) -> bool {
    let is_name = |name: &str| {
        name.len() <= 127
            && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "!#$&-^_.+".contains(c))
    };
    text == "*/*" || text.split_once('/').is_some_and(|(kind, subtype)| is_name(kind) && is_name(subtype))
}

fn check_thumbs(file: &FileInput, types: &[String], demands: &mut Vec<Demand>, errors: &mut Errors) -> Vec<(u32, u32)> {
    let Some((word, list)) = &file.thumbs else { return Vec::new() };
    if list.is_empty() && file.is_complete {
        errors.on(word, "`thumbs` needs sizes; write for example `thumbs(\"200x200\")`");
    }
    let is_image = |one: &String| one == "*/*" || IMAGES.contains(&one.as_str());
    if !types.is_empty() && !types.iter().any(is_image) {
        let images = IMAGES.join(", ");
        errors.on(word, format!("`thumbs` makes smaller copies of images, and `types` has none of them; remove one of the two\nimages: {images}"));
    }
    demands.push(Demand::holds(
        Fact::Thumbnails,
        word.span(),
        "`thumbs` needs the feature `thumbnails` of resourceful; turn it on in Cargo.toml",
    ));
    let mut thumbs = Vec::new();
    for text in list {
        match sizes::pixels(&text.value()) {
            None => errors.on(text, size_message(text)),
            Some(size) if thumbs.contains(&size) => {
                errors.on(text, format!("`{}` is listed twice; remove one of the two", text.value()));
            }
            Some(size) => thumbs.push(size),
        }
    }
    thumbs
}

fn size_message(text: &LitStr) -> String {
    format!(
        "`{}` is not a size in pixels; write for example \"200x200\"\nallowed: a width and a height from 1 to 4096",
        text.value()
    )
}
