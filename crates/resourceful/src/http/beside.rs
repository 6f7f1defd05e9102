//! Several APIs at one address of one application: each leaves to the next what it does not know itself.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use actix_web::dev::AppService;

/// Whether another API was registered after this one at the same address.
pub(super) type Followed = Rc<Cell<bool>>;

/// An API that was registered on this thread.
struct Registered {
    /// What actix answers where nothing else does: one for each application, and for each scope that says so itself.
    application: Weak<dyn Any>,
    /// Where actix collects what stands side by side.
    collector: usize,
    prefix: String,
    followed: Followed,
}

thread_local! {
    static REGISTERED: RefCell<Vec<Registered>> = const { RefCell::new(Vec::new()) };
}

/// Takes notice of an API, and tells the one before it at this address that there is another.
///
/// Of two scopes of one application actix does not tell which is which, so an API in another scope may be taken for one
/// beside this. That does no harm: all that follows is that the application answers for addresses that nobody knows.
pub(super) fn register(service: &mut AppService, prefix: &str) -> Followed {
    let application: Rc<dyn Any> = service.default_service();
    let application = Rc::downgrade(&application);
    let followed = Followed::default();
    let new = Registered {
        application,
        collector: std::ptr::from_mut(service).addr(),
        prefix: prefix.to_owned(),
        followed: followed.clone(),
    };
    REGISTERED.with_borrow_mut(|all| {
        all.retain(|known| known.application.strong_count() > 0);
        let same = |known: &&mut Registered| {
            Weak::ptr_eq(&known.application, &new.application)
                && known.collector == new.collector
                && known.prefix == new.prefix
        };
        all.iter_mut().filter(same).for_each(|known| known.followed.set(true));
        all.push(new);
    });
    followed
}
