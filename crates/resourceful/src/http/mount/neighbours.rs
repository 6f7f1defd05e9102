//! Several APIs at one place of one application: each leaves the paths that it does not have to the next.

use std::any::Any;
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

use actix_web::dev::AppService;
use percent_encoding::percent_decode_str;

use crate::http::path::is_parameter;

/// The paths of the APIs that were registered after this one at the same place.
#[derive(Clone, Default)]
pub(super) struct Followed(Rc<RefCell<Vec<Known>>>);

impl Followed {
    /// Whether the path is one of theirs.
    pub(super) fn knows(&self, path: &str) -> bool {
        is_known(&self.0.borrow(), path)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }
}

/// Whether the path of a request is one of these.
pub(super) fn is_known(known: &[Known], path: &str) -> bool {
    if known.is_empty() {
        return false;
    }
    let path = path.strip_suffix('/').unwrap_or(path);
    let words: Vec<_> = path.split('/').map(|word| percent_decode_str(word).decode_utf8_lossy()).collect();
    known.iter().any(|known| known.is_of(&words))
}

/// A path from the API prefix on, wherever the prefix is.
#[derive(Clone)]
pub(super) struct Known {
    words: Vec<String>,
    /// Everything below the path belongs to it.
    is_scope: bool,
}

impl Known {
    pub(super) fn new(path: &str, is_scope: bool) -> Self {
        Self { words: path.split('/').skip(1).map(str::to_owned).collect(), is_scope }
    }

    fn is_of(&self, path: &[Cow<'_, str>]) -> bool {
        let same = |(known, word): (&String, &Cow<'_, str>)| is_parameter(known) || known == word;
        let mut windows = path.windows(self.words.len().max(1));
        match self.is_scope {
            true => windows.any(|window| self.words.iter().zip(window).all(same)),
            false => windows.next_back().is_some_and(|window| self.words.iter().zip(window).all(same)),
        }
    }
}

/// An API that was registered on this thread.
struct Registered {
    /// The default service of actix: one for each application, and for each scope that sets one.
    application: Weak<dyn Any>,
    /// The address of actix's list of services at this place.
    collector: usize,
    prefix: String,
    followed: Followed,
}

thread_local! {
    static REGISTERED: RefCell<Vec<Registered>> = const { RefCell::new(Vec::new()) };
}

/// Registers an API, and informs the earlier ones at the same place of its paths.
///
/// actix does not distinguish two scopes of one application, so an API in another scope may be taken for a neighbour. That
/// has no bad effect: for paths that only the other API has, the application answers instead of this API.
pub(super) fn register(service: &mut AppService, prefix: &str, known: &[Known]) -> Followed {
    let application: Rc<dyn Any> = service.default_service();
    let new = Registered {
        application: Rc::downgrade(&application),
        collector: std::ptr::from_mut(service).addr(),
        prefix: prefix.to_owned(),
        followed: Followed::default(),
    };
    let followed = new.followed.clone();
    REGISTERED.with_borrow_mut(|all| {
        all.retain(|earlier| earlier.application.strong_count() > 0);
        let same = |earlier: &&Registered| {
            Weak::ptr_eq(&earlier.application, &new.application)
                && earlier.collector == new.collector
                && earlier.prefix == new.prefix
        };
        all.iter().filter(same).for_each(|earlier| earlier.followed.0.borrow_mut().extend_from_slice(known));
        all.push(new);
    });
    followed
}
