//! The server that the tests of the outbox kill: each order is confirmed by mail. Its settings are environment variables,
//! as those of any program. It ends when its standard input is closed, so that it never outlives a test.

use std::io::Read;

use resourceful::mail::Email;
use resourceful::prelude::*;

/// An order, which is confirmed by a mail to its customer.
#[derive(Clone, Debug, Resource)]
#[resource(public(create, bulk_create, count), hooks)]
pub struct Order {
    /// Made by the server.
    pub id: Uuid,
    /// Also the customer's name.
    #[resource(unique)]
    pub text: String,
}

impl Hooks for Order {
    async fn after_create(order: &Self, hook: &HookContext) -> Result<()> {
        let mail = Email::to(format!("{}@example.org", order.text)).subject("Your order").text(&order.text);
        hook.mailer().send(mail).await.map(drop)
    }
}

#[resourceful::main]
async fn main() -> Result<()> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    App::from_env()?.mail().resource::<Order>().run().await
}
