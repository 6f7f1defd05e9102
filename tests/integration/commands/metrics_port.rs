//! Metrics on an address of their own.

use super::*;

/// The first line of the log that contains these words.
fn line_of(serving: &mut Serving, words: &str) -> String {
    let mut lines = BufReader::new(serving.child.stderr.as_mut().expect("its log")).lines();
    lines.find_map(|line| line.ok().filter(|line| line.contains(words))).expect("a line")
}

fn get(address: &str, method: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn a_port_of_their_own_has_the_metrics_and_nothing_else() {
    let mut server = Serving::start_with(&[("LOG_LEVEL", "info"), ("METRICS_PORT", "0")]);
    let line = line_of(&mut server, "metrics are at");
    let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address").to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    for (of, method, path, status) in [
        (&server.address, "GET", "/metrics", "404"),
        (&server.address, "GET", "/api/v1/notices", "200"),
        (&address, "GET", "/metrics", "200"),
        (&address, "HEAD", "/metrics", "200"),
        (&address, "POST", "/metrics", "405"),
        (&address, "GET", "/", "404"),
        (&address, "GET", "/metrics/x", "404"),
        (&address, "GET", "/api/v1/notices", "404"),
        (&address, "GET", "/health/live", "404"),
        (&address, "GET", "/openapi.json", "404"),
    ] {
        let answer = get(of, method, path);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method} {of}{path}: {answer}");
    }
    let answer = get(&address, "GET", "/metrics");
    assert!(answer.to_lowercase().contains("content-type: text/plain; version=0.0.4; charset=utf-8"), "{answer}");
    let counted = "http_requests_total{method=\"GET\",route=\"/api/v1/notices\",status=\"200\"} 1\n";
    assert!(answer.contains(counted), "{answer}");
    assert!(!answer.contains("route=\"/metrics\""), "what is read here is no request of the server: {answer}");

    // The same port again
    let settings =
        [("ENVIRONMENT", "development"), ("PORT", "0"), ("METRICS_PORT", address.split_once(':').expect("a port").1)];
    let folder = std::env::temp_dir().join(format!("resourceful_metrics_{}", resourceful::uuid::Uuid::now_v7()));
    let path = folder.to_string_lossy().into_owned();
    let said = refused(&["serve"], &[&settings[..], &[("DATA_FOLDER", &path)]].concat());
    assert!(said.contains("for metrics cannot be used") && said.contains("METRICS_PORT"), "{said}");
    let _ = std::fs::remove_dir_all(folder);
    server.stop();
}
