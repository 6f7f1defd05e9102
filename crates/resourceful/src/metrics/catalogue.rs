//! Every metric that is served, in one table. The guide and the dashboard have the same names, which tests compare.

/// What kind of numbers a metric has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A number that only rises while the process runs.
    Counter,
    /// A number that rises and falls.
    Gauge,
    /// How many observations were at most so long.
    Histogram,
}

impl Kind {
    /// The word of the text format.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The names of its labels.
    pub(crate) labels: &'static [&'static str],
    /// What it says, in one sentence.
    pub(crate) help: &'static str,
}

macro_rules! metrics {
    ($($constant:ident $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        $(pub(crate) const $constant: Metric =
            Metric { name: $name, kind: Kind::$kind, labels: &[$($label),*], help: $help };)*

        /// Every metric, in the order in which they are served.
        #[cfg(test)]
        pub(crate) const ALL: &[Metric] = &[$($constant),*];
    };
}

metrics! {
    INFO Gauge "resourceful_application_info" ["title", "version"]
        "Always 1; the labels are the title and the version of the application.";
    READY Gauge "resourceful_ready" []
        "1 if /health/ready answers 200.";
    PART_UP Gauge "resourceful_part_up" ["part"]
        "0 if an optional part does not work: replicas, redis, keys, mail, storage.";

    REQUESTS Counter "http_requests_total" ["method", "route", "status"]
        "Requests that were answered. The route is a template such as /api/v1/projects/{id}; unknown paths have the route unknown.";
    REQUEST_TIME Histogram "http_request_duration_seconds" ["method", "route"]
        "The time from the head of a request to the beginning of its response.";
    IN_FLIGHT Gauge "http_requests_in_flight" []
        "Requests whose response has not begun yet.";
    ABANDONED Counter "http_requests_abandoned_total" []
        "Requests whose client disconnected before the response began.";
    PROBLEMS Counter "resourceful_problems_total" ["problem"]
        "Responses that are problem documents, by the last part of their type; problems of the application's own are other.";

    RATE_LIMITS Counter "resourceful_rate_limit_requests_total" ["limit", "outcome"]
        "Requests that a rate limit decided about, by the name of the limit; the outcome is allowed or refused.";
    RATE_LIMITS_ALONE Counter "resourceful_rate_limit_alone_total" []
        "Requests that this process counted for itself, because Redis did not answer.";

    REJECTIONS Counter "resourceful_token_rejections_total" ["reason"]
        "Access tokens and DPoP proofs that were refused, by what is wrong with them.";
    KEYS_AGE Gauge "resourceful_key_set_age_seconds" ["issuer"]
        "The time since the signing keys of an issuer were fetched; no value before the first fetch.";
    KEYS_FETCHES Counter "resourceful_key_set_fetches_total" ["issuer", "outcome"]
        "Fetches of the signing keys of an issuer; the outcome is ok or failed.";

    CONNECTIONS Gauge "resourceful_database_connections" ["state"]
        "Open connections to the database; the state is used or idle.";
    CONNECTIONS_MAX Gauge "resourceful_database_connections_max" []
        "The most connections that this process may open.";
    CONNECTION_WAIT Histogram "resourceful_database_wait_seconds" []
        "How long statements and transactions waited for a connection; on SQLite those that read.";
    STATEMENT_TIME Histogram "resourceful_database_statement_duration_seconds" []
        "How long SQL statements took until their result had arrived.";
    SLOW_STATEMENTS Counter "resourceful_database_slow_statements_total" []
        "SQL statements that took longer than SLOW_STATEMENT, each of which the log has.";
    REPLICA_USED Gauge "resourceful_replica_used" ["replica"]
        "1 if the replica answers reads: it responds, and is not too far behind.";
    REPLICA_LAG Gauge "resourceful_replica_lag_seconds" ["replica"]
        "How far the replica is at most behind the primary; no value while that is not known.";
    REPLICA_CONNECTIONS Gauge "resourceful_replica_connections" ["replica", "state"]
        "Open connections to the replica; the state is used or idle.";
    REPLICA_READS Counter "resourceful_replica_reads_total" ["answered"]
        "Reads that a replica may answer; answered is replica, or why the primary answered: behind (the caller has written what no replica has yet), unavailable (no replica is used), failed (the replica has failed) or cached (the value is kept for others).";
    WRITERS Gauge "resourceful_write_queue_length" []
        "Writers that wait for their turn on SQLite.";
    WRITE_WAIT Histogram "resourceful_write_queue_wait_seconds" []
        "How long writers waited for their turn on SQLite.";

    CACHE_REQUESTS Counter "resourceful_cache_requests_total" ["result"]
        "Values that were asked of the cache; the result is hit (in this process), shared_hit (in Redis) or miss.";
    CACHE_LOADS Counter "resourceful_cache_loads_total" ["outcome"]
        "Loads of missing values; the outcome is ok or failed.";
    CACHE_MEMORY Gauge "resourceful_cache_memory_bytes" []
        "The memory of the values that this process keeps.";
    CACHE_STORE_FAILURES Counter "resourceful_cache_store_failures_total" []
        "Uses of the cache in Redis that failed or took too long.";

    OUTBOX Gauge "resourceful_outbox_messages" ["state"]
        "Messages in the outbox of all processes, at most some seconds ago; the state is waiting or failed.";
    OUTBOX_OLDEST Gauge "resourceful_outbox_oldest_waiting_seconds" []
        "How long the oldest message waits that no worker has delivered yet.";
    DELIVERIES Counter "resourceful_outbox_deliveries_total" ["outcome"]
        "Attempts of this process to deliver messages; the outcome is delivered, retried or failed.";

    CPU Counter "process_cpu_seconds_total" []
        "The processor time of this process.";
    MEMORY Gauge "process_resident_memory_bytes" []
        "The memory of this process that is in RAM.";
    VIRTUAL_MEMORY Gauge "process_virtual_memory_bytes" []
        "The address space of this process.";
    FILES Gauge "process_open_fds" []
        "Open files and connections of this process.";
    FILES_MAX Gauge "process_max_fds" []
        "The most files and connections that this process may open.";
    THREADS Gauge "process_threads" []
        "Threads of this process.";
    STARTED Gauge "process_start_time_seconds" []
        "When this process started, in seconds since 1970.";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the guide.
    fn table() -> String {
        let mut text = String::from("| metric | kind | labels | what it says |\n|---|---|---|---|\n");
        for Metric { name, kind, labels, help } in ALL {
            let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
            // A template in braces would be a link for rustdoc.
            let help = help.replace("/api/v1/projects/{id}", "`/api/v1/projects/{id}`");
            text.push_str(&format!("| `{name}` | {} | {} | {help} |\n", kind.word(), labels.join(", ")));
        }
        text
    }

    #[test]
    fn the_guide_has_this_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/metrics.md");
        let guide = std::fs::read_to_string(path).expect("the guide");
        let start = guide.find("| metric | kind |").expect("the guide has the table");
        let end = guide[start..].find("\n\n").map_or(guide.len(), |end| start + end + 1);
        let whole = format!("{}{}{}", &guide[..start], table(), &guide[end..]);
        if std::env::var_os("UPDATE_METRICS").is_some() {
            std::fs::write(path, &whole).expect("the guide can be written");
        }
        let guide = std::fs::read_to_string(path).expect("the guide");
        assert!(guide == whole, "docs/metrics.md differs from the table; run `cargo xtask bless metrics`");
    }

    #[test]
    fn names_follow_the_rules_of_prometheus() {
        for (at, Metric { name, kind, labels, help }) in ALL.iter().enumerate() {
            assert!(name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_')), "{name}");
            assert_eq!(*kind == Kind::Counter, name.ends_with("_total"), "{name}");
            assert!(*kind != Kind::Histogram || name.ends_with("_seconds"), "{name}");
            assert!(ALL[..at].iter().all(|other| other.name != *name), "{name} is twice in the table");
            assert!(labels.iter().all(|label| !matches!(*label, "le" | "quantile" | "job" | "instance")), "{name}");
            assert!(help.ends_with('.') && !help.contains('\n'), "{name}");
        }
    }
}
