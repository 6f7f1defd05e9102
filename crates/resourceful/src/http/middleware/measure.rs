//! Counts requests, by the template of their route.

use std::sync::Arc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use crate::http::request::state::RequestState;
use crate::metrics::{InFlight, Metrics};

/// The middleware, around all others. The time ends when the response begins. No label has a part of a path, of a header or
/// of a body: endpoints of the API know their route, other services have the template that the program gave them.
pub(crate) async fn measure(
    metrics: Option<Arc<Metrics>>,
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let Some(metrics) = metrics else { return next.call(req).await };
    let (begun, method) = (Instant::now(), req.method().clone());
    let mut request = Unanswered { metrics: &metrics, _in_flight: metrics.begin(), is_answered: false };
    let done = next.call(req).await;
    request.is_answered = true;
    let time = begun.elapsed();
    match &done {
        Ok(response) => {
            let status = response.status().as_u16();
            let req = response.request();
            let (route, problem, rejection) =
                RequestState::read(req, |state| (state.route.clone(), state.problem, state.rejection));
            match route.or_else(|| Some(metrics.route(&RequestState::template(req)?))) {
                Some(route) => route.count(method.as_str(), status, time),
                None => metrics.unknown_route().count(method.as_str(), status, time),
            }
            if let Some(slug) = problem {
                metrics.count_problem(slug);
            }
            if let Some(reason) = rejection {
                metrics.count_rejection(reason);
            }
        }
        // Only services of plain actix fail so; their error has no request.
        Err(error) => {
            let status = error.as_response_error().status_code().as_u16();
            metrics.unknown_route().count(method.as_str(), status, time);
        }
    }
    done
}

/// A request whose response has not begun. If it is dropped then, its client is gone.
struct Unanswered<'a> {
    metrics: &'a Metrics,
    _in_flight: InFlight<'a>,
    is_answered: bool,
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.metrics.abandoned.add();
        }
    }
}
