//! A temporary Redis server, on its own port and without persistence.

use std::path::PathBuf;

use super::{Need, Provided};
use crate::Result;
use crate::process::Guarded;
use crate::workspace::{Scratch, find_program, free_port};

/// The guard's script: `$1` is the program, `$2` the port. The server is ready when its log says so.
const SCRIPT: &str = r#"
begin() {
    "$1" --port "$2" --bind 127.0.0.1 --dir "$FOLDER" --save '' --appendonly no >"$FOLDER/log" 2>&1 3>&- &
    server=$!
    tries=0
    until grep -qi 'ready to accept connections' "$FOLDER/log"; do
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

pub(crate) struct Redis;

impl Need for Redis {
    fn name(&self) -> &'static str {
        "Redis"
    }

    fn variable(&self) -> &'static str {
        "TEST_REDIS_URL"
    }

    fn example(&self) -> &'static str {
        "redis://127.0.0.1:6379"
    }

    fn package(&self) -> &'static str {
        "redis-server"
    }

    fn find(&self) -> Option<PathBuf> {
        find_program(&["redis-server"])
    }

    fn provide(&self, program: PathBuf) -> Result<Provided> {
        let port = free_port()?.to_string();
        let program = program.to_str().ok_or("redis-server's path is not UTF-8")?;
        let server = Guarded::start(self.name(), SCRIPT, &[program, &port], Scratch::new("redis", None)?, None)?;
        Ok(Provided { value: format!("redis://127.0.0.1:{port}"), server: Some(server) })
    }
}
