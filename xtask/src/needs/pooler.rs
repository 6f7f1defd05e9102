//! A PgBouncer in transaction mode in front of the PostgreSQL server of the tests, with a pool of two sessions for each
//! database.

use std::path::PathBuf;

use super::{Need, PgBouncer, Provided};
use crate::Result;
use crate::process::Guarded;
use crate::workspace::{Scratch, User, free_port, is_root};

/// The guard's script: `$1` is the program, `$2` its port, `$3` what is known about the server. Sessions that nobody uses are
/// closed soon, because each test has its own database.
const SCRIPT: &str = r#"
begin() {
    cat >"$FOLDER/pgbouncer.ini" <<SETTINGS
[databases]
* = $3
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $2
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
max_client_conn = 5000
server_idle_timeout = 5
SETTINGS
    ulimit -n "$(ulimit -H -n)"
    "$1" "$FOLDER/pgbouncer.ini" >"$FOLDER/log" 2>&1 3>&- &
    server=$!
    tries=0
    until grep -q 'process up' "$FOLDER/log"; do
        tries=$((tries + 1))
        { kill -0 $server 2>/dev/null && [ $tries -lt 100 ]; } || return
        sleep 0.1
    done
    echo ready >&3
}
end() {
    { kill -KILL $server; wait $server; } 2>/dev/null
}
"#;

/// Needs the URL of the server.
pub(crate) struct Pooler(pub(crate) String);

impl Need for Pooler {
    fn name(&self) -> &'static str {
        "a pooler"
    }

    fn variable(&self) -> &'static str {
        "TEST_POSTGRES_POOLER"
    }

    fn example(&self) -> &'static str {
        "127.0.0.1:6432"
    }

    fn package(&self) -> &'static str {
        PgBouncer.package()
    }

    fn find(&self) -> Option<PathBuf> {
        std::env::var_os("TEST_PGBOUNCER")
            .filter(|named| !named.is_empty())
            .map(PathBuf::from)
            .or_else(|| PgBouncer.find())
    }

    fn provide(&self, program: PathBuf) -> Result<Provided> {
        let server =
            target(&self.0).ok_or("TEST_POSTGRES_URL is not of the form postgres://USER@HOST:PORT/DATABASE")?;
        // It refuses to run as root
        let user = is_root()
            .then(|| {
                User::find(&["postgres", "nobody"]).ok_or("as root, PgBouncer needs a user `postgres` or `nobody`")
            })
            .transpose()?;
        let program = program.to_str().ok_or("pgbouncer's path is not UTF-8")?;
        let port = free_port()?.to_string();
        let folder = Scratch::new("pooler", user.as_ref())?;
        let server = Guarded::start(self.name(), SCRIPT, &[program, &port, &server], folder, user.as_ref())?;
        Ok(Provided { value: format!("127.0.0.1:{port}"), server: Some(server) })
    }
}

/// The server of a URL in the form of PgBouncer's settings.
fn target(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (who, address) = rest.split('/').next()?.rsplit_once('@')?;
    let (user, password) = who.split_once(':').map_or((who, None), |(user, password)| (user, Some(password)));
    let (host, port) = address.rsplit_once(':').unwrap_or((address, "5432"));
    let password = password.map(|password| format!(" password={password}")).unwrap_or_default();
    Some(format!("host={host} port={port} user={user}{password}"))
}
