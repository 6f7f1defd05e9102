//! What must be true of a row for a request to be carried out.

use super::state::{State, UNKNOWN};
use super::tag::{EntityTag, Tags};
use crate::error::{Error, Result, catalogue};

/// What must be true of a row before it is written: that it is still in the state in which the caller has seen it.
///
/// As an argument of an endpoint it is what the request's `If-Match` and `If-None-Match` say; a request without them has
/// no condition. Typed code makes one of a version:
///
/// ```
/// # use resourceful::prelude::*;
/// # #[derive(Clone, Debug, Resource)]
/// # pub struct Project { pub id: Uuid, pub name: String, pub is_active: bool, pub version: i64 }
/// /// Activates a project, if it is as the caller has seen it.
/// #[post("/{id}/activate", requires("projects:write"))]
/// async fn activate(id: Path<Uuid>, if_match: IfMatch, projects: project::Service) -> Result<Out<Project>> {
///     projects.if_match(if_match).patch(*id, project::Patch::new().is_active(true)).await.map(Out)
/// }
///
/// /// The same in a job, for a project that was read earlier.
/// async fn activate_later(seen: Project, projects: project::Service) -> Result<Project> {
///     projects.if_match(seen.version).patch(seen.id, project::Patch::new().is_active(true)).await
/// }
/// # fn main() {}
/// ```
///
/// A write whose condition is false changes nothing and fails with 412 `precondition-failed`
/// ([`PRECONDITION_FAILED`](crate::error::catalogue::PRECONDITION_FAILED)).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IfMatch {
    matches: Option<Tags>,
    none: Option<Tags>,
}

impl IfMatch {
    /// The row has this version.
    pub fn version(version: i64) -> Self {
        Self { matches: Some(Tags::List(vec![EntityTag::strong(version.to_string())])), none: None }
    }

    /// The row has one of these tags: the value of an `If-Match` header, as `"7-3fa9c1b2d4e5f607"` with its quotes.
    ///
    /// # Errors
    /// 400 when it is not one.
    pub fn parse(value: &str) -> Result<Self> {
        Self::read([value.as_bytes()].into_iter(), std::iter::empty())
    }

    /// Requires that there is a condition which begins with `If-Match`.
    ///
    /// # Errors
    /// 428 `precondition-required` when the request has no `If-Match`.
    pub fn required(self) -> Result<Self> {
        if self.matches.is_some() {
            return Ok(self);
        }
        Err(Error::new(
            &catalogue::PRECONDITION_REQUIRED,
            "Send the ETag of the row as you have read it: If-Match: \"..\". The write is then refused if the row has \
             been changed since",
        ))
    }

    /// Reads the headers of a request.
    ///
    /// # Errors
    /// 400 when one of them is malformed.
    pub(crate) fn read<'a>(
        matches: impl Iterator<Item = &'a [u8]>,
        none: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Self> {
        Ok(Self { matches: Tags::read("If-Match", matches)?, none: Tags::read("If-None-Match", none)? })
    }

    /// Whether there is no condition.
    pub(crate) fn is_empty(&self) -> bool {
        self.matches.is_none() && self.none.is_none()
    }

    /// Whether a row in this state may be written (RFC 9110 section 13.2.2).
    pub(crate) fn allows(&self, state: &State) -> bool {
        let is_known = *state != State::Unknown;
        let state = state.text();
        let names = |tag: &EntityTag| is_known && tag.state() == state.as_bytes();
        let matches = match &self.matches {
            None | Some(Tags::Any) => true,
            // The strong comparison: a weak tag equals none.
            Some(Tags::List(tags)) => tags.iter().any(|tag| !tag.is_weak && names(tag)),
        };
        matches
            && match &self.none {
                None => true,
                Some(Tags::Any) => false,
                Some(Tags::List(tags)) => !tags.iter().any(names),
            }
    }

    /// The versions that a row must have, and those that it must not have. `None` where that says nothing.
    pub(crate) fn versions(&self) -> (Option<Vec<i64>>, Option<Vec<i64>>) {
        let of = |tags: &Vec<EntityTag>, weak: bool| {
            let mut versions: Vec<i64> =
                tags.iter().filter(|tag| weak || !tag.is_weak).filter_map(EntityTag::version).collect();
            versions.sort_unstable();
            versions.dedup();
            versions
        };
        let required = match &self.matches {
            None | Some(Tags::Any) => None,
            Some(Tags::List(tags)) => Some(of(tags, false)),
        };
        match &self.none {
            None => (required, None),
            // Every row that exists matches `*`.
            Some(Tags::Any) => (Some(Vec::new()), None),
            Some(Tags::List(tags)) => (required, Some(of(tags, true)).filter(|versions| !versions.is_empty())),
        }
    }

    /// The answer for a row whose state the condition does not allow.
    pub(crate) fn failed(&self) -> Error {
        Error::new(&catalogue::PRECONDITION_FAILED, self.reason())
    }

    fn reason(&self) -> &'static str {
        let Some(Tags::List(tags)) = &self.matches else {
            return "The row is one of those that If-None-Match excludes; nothing was changed";
        };
        if tags.iter().all(|tag| tag.is_weak) {
            return "A tag that begins with W/ cannot be used in If-Match, which compares strongly (RFC 9110 section \
                    13.1.1). A proxy that compresses responses may have weakened it: send the tag without W/ if you know \
                    that it did, or request the row with Accept-Encoding: identity";
        }
        if tags.iter().all(|tag| tag.state() == UNKNOWN.as_bytes()) {
            return "The tag is that of a response with `fields`, which does not show the whole row; request the row \
                    without `fields` and send the tag of that response";
        }
        "The row has changed since you read it; nothing was changed. Read it again, decide what to do about the other \
         change, and send the new ETag"
    }

    /// Whether a response with this tag may be sent, must be replaced by 304, or by 412 (RFC 9110 section 13.2.2).
    /// `state` is the part of the tag that `If-Match` compares; a response that shows no single row has only the whole.
    pub(crate) fn of_read(&self, tag: &EntityTag) -> Answered {
        let is_known = tag.state() != UNKNOWN.as_bytes();
        let strong = |other: &EntityTag| {
            !other.is_weak && (other.weakly_equals(tag) || (is_known && other.state() == tag.state()))
        };
        if let Some(Tags::List(tags)) = &self.matches
            && !tags.iter().any(strong)
        {
            return Answered::Failed;
        }
        match &self.none {
            Some(Tags::Any) => Answered::NotModified,
            Some(Tags::List(tags)) if tags.iter().any(|other| other.weakly_equals(tag)) => Answered::NotModified,
            _ => Answered::Whole,
        }
    }
}

/// How a request that reads is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// With the representation.
    Whole,
    /// With 304: the caller has it already.
    NotModified,
    /// With 412.
    Failed,
}

/// What [`if_match`](crate::ResourceService::if_match) takes: an [`IfMatch`], or a version as a number.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no condition on a row",
    label = "expected an `IfMatch` or a version",
    note = "take an argument `if_match: IfMatch` in the endpoint; give the version that was read; or write `IfMatch::parse(text)?`, with the `?`"
)]
pub trait IntoIfMatch: Into<IfMatch> {}

#[diagnostic::do_not_recommend]
impl<T: Into<IfMatch>> IntoIfMatch for T {}

impl From<i64> for IfMatch {
    fn from(version: i64) -> Self {
        Self::version(version)
    }
}

impl From<i32> for IfMatch {
    fn from(version: i32) -> Self {
        Self::version(version.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(matches: &[&str], none: &[&str]) -> IfMatch {
        let bytes = |values: &[&str]| values.iter().map(|value| value.as_bytes().to_vec()).collect::<Vec<_>>();
        let (matches, none) = (bytes(matches), bytes(none));
        IfMatch::read(matches.iter().map(Vec::as_slice), none.iter().map(Vec::as_slice)).expect("well-formed")
    }

    /// RFC 9110 sections 8.8.3.2, 13.1.1, 13.1.2 and 13.2.2; the row has version 7.
    #[test]
    fn a_row_and_the_statement_that_writes_it_are_tested_alike() {
        for (matches, none, allowed) in [
            (&[][..], &[][..], true),
            (&["*"], &[], true),
            (&["\"7\""], &[], true),
            (&["\"7-aa\""], &[], true),
            (&["\"6-aa\", \"7-bb\""], &[], true),
            (&["\"6\"", "\"7\""], &[], true),
            (&["W/\"7-aa\""], &[], false),
            (&["\"6\", W/\"7\""], &[], false),
            (&["\"8\""], &[], false),
            (&["\"07\""], &[], false),
            (&["\"\""], &[], false),
            (&["\"fields-aa\""], &[], false),
            (&[], &["*"], false),
            (&[], &["\"7-aa\""], false),
            (&[], &["W/\"7-aa\""], false),
            (&[], &["\"6\", \"x\""], true),
            (&["\"7\""], &["\"6\""], true),
            (&["\"7\""], &["\"7\""], false),
            (&["\"8\""], &["\"6\""], false),
            (&["*"], &["*"], false),
        ] {
            let condition = condition(matches, none);
            assert_eq!(condition.allows(&State::Version(7)), allowed, "{matches:?} {none:?}");
            let (required, excluded) = condition.versions();
            let in_statement = required.is_none_or(|versions| versions.contains(&7))
                && excluded.is_none_or(|versions| !versions.contains(&7));
            assert_eq!(in_statement, allowed, "{matches:?} {none:?} in SQL");
        }
    }

    #[test]
    fn a_state_that_is_not_known_equals_no_tag() {
        assert!(!condition(&["\"fields\", \"fields-aa\""], &[]).allows(&State::Version(1)));
        let tag = State::Unknown.tag(Some([1; 16]));
        assert_eq!(condition(&["\"fields-02\""], &[]).of_read(&tag), Answered::Failed);
        assert_eq!(condition(&[&tag.to_string()], &[]).of_read(&tag), Answered::Whole);
    }

    #[test]
    fn responses_to_reads() {
        let tag = State::Version(7).tag(Some([0xab; 16]));
        assert_eq!(tag.to_string(), "\"7-abababababababab\"");
        for (matches, none, answered) in [
            (&[][..], &[][..], Answered::Whole),
            (&[], &["\"7-abababababababab\""], Answered::NotModified),
            (&[], &["W/\"7-abababababababab\""], Answered::NotModified),
            (&[], &["*"], Answered::NotModified),
            (&[], &["\"7\""], Answered::Whole),
            (&["\"7\""], &[], Answered::Whole),
            (&["*"], &["\"7-abababababababab\""], Answered::NotModified),
            (&["\"6\""], &["\"7-abababababababab\""], Answered::Failed),
            (&["W/\"7-abababababababab\""], &[], Answered::Failed),
        ] {
            assert_eq!(condition(matches, none).of_read(&tag), answered, "{matches:?} {none:?}");
        }
    }
}
