//! HTTP paths in the one spelling that servers, clients and contract files are compared in.

/// The methods of HTTP that have names in frameworks.
pub(super) const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// `GET /users/{}` for `get` and any way to write `/users/:id`; none for what is no path.
pub(super) fn key(method: &str, path: &str) -> Option<String> {
    let path = normal(path)?;
    Some(format!("{} {path}", method.to_uppercase()))
}

/// Whether a part of a path stands for anything.
pub(super) fn is_open(segment: &str) -> bool {
    segment.starts_with('{')
}

/// The path with `{}` for each parameter, without host and query.
pub(super) fn normal(path: &str) -> Option<String> {
    let path = path.split_once("://").map_or(path, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    // Express marks a parameter that may be left out.
    let optional =
        path.strip_suffix('?').and_then(|path| path.rsplit_once("/:")).map(|(path, _)| format!("{path}/*"));
    let path = optional.as_deref().unwrap_or(path);
    let path = path.split(['?', '#']).next().unwrap_or(path);
    // What stands before the first slash is a base that only the running program knows.
    let path = path.strip_prefix("{}").unwrap_or(path);
    if path.contains(char::is_whitespace) || !(path.is_empty() || path.starts_with('/')) {
        return None;
    }
    let segments = path.split('/').filter(|segment| !segment.is_empty()).map(segment);
    Some(format!("/{}", segments.collect::<Vec<_>>().join("/")))
}

/// Stands at the end of a path for any number of segments: `/files/*`, `/files/{path...}`.
const REST: &str = "{*}";

fn segment(segment: &str) -> &str {
    if segment.contains('*') || segment.contains("...") || segment.starts_with("<path:") {
        return REST;
    }
    let is_parameter = segment.starts_with(':') || segment.contains(['{', '<', '$', '(', '%', '[']);
    if is_parameter { "{}" } else { segment }
}

/// Joins the path of a router and the path of a route below it.
pub(super) fn joined(prefix: &str, path: &str) -> String {
    format!("{}/{}", prefix.trim_end_matches('/'), path.trim_start_matches('/'))
}

/// Whether a handler for one path takes what is asked of another: a parameter takes anything.
pub(super) fn takes(route: &str, path: &str) -> bool {
    let (Some((method, route)), Some((asked, path))) = (route.split_once(' '), path.split_once(' ')) else {
        return false;
    };
    let (route, path) = (segments(route), segments(path));
    let fits = |(one, other): (&&str, &&str)| one == other || is_open(one);
    let n_fixed = route.iter().take_while(|segment| **segment != REST).count();
    let takes_rest = n_fixed < route.len() && path.len() >= n_fixed;
    (method == asked || method == "ANY" || asked == "ANY")
        && (takes_rest || route.len() == path.len())
        && route[..n_fixed].iter().zip(&path).all(fits)
}

/// How a call meets an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// The whole path is the same.
    Exact,
    /// One of them stands below a prefix that the other does not show, such as `/api`.
    Prefixed,
}

/// Whether a call of `call` reaches `route`; `floating` says that the base of the call is unknown.
pub(super) fn fit(route: &str, call: &str, floating: bool) -> Option<Fit> {
    let ((method, route), (called, call)) = (route.split_once(' ')?, call.split_once(' ')?);
    if method != called && method != "ANY" && called != "ANY" {
        return None;
    }
    let (route, call): (Vec<&str>, Vec<&str>) = (segments(route), segments(call));
    if same(&route, &call) {
        return (route.iter().any(|segment| !is_open(segment))).then_some(Fit::Exact);
    }
    let (long, short) = if route.len() > call.len() { (&route, &call) } else { (&call, &route) };
    if route.len() > call.len() && !floating {
        return None;
    }
    let (prefix, tail) = long.split_at(long.len() - short.len());
    let is_mount = prefix.iter().all(|segment| is_mount(segment));
    let telling = short.iter().any(|segment| !is_open(segment));
    (is_mount && telling && same(tail, short)).then_some(Fit::Prefixed)
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

/// Whether a segment is where applications put what they serve: `/api`, `/v1`.
pub(super) fn is_mount(segment: &str) -> bool {
    let version = segment.strip_prefix('v').is_some_and(|rest| rest.parse::<u8>().is_ok());
    version || matches!(segment, "api" | "rest" | "internal" | "public")
}

fn same(route: &[&str], call: &[&str]) -> bool {
    let fits = |(one, other): (&&str, &&str)| one == other || *one == "{}" && is_value(other);
    route.len() == call.len() && route.iter().zip(call).all(fits)
}

/// Whether a segment of a call may be the value of a parameter: a number, an id or a parameter.
fn is_value(segment: &str) -> bool {
    segment == "{}" || segment.chars().any(|char| char.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_to_write_a_path() {
        for path in [
            "/users/:id",
            "/users/{id}",
            "/users/<int:id>",
            "/users/{}/",
            "users/{id}",
            "https://x.org/users/{}?full=1",
            "{}/users/%s",
            "/users/[id]",
        ] {
            let path = if path.starts_with("users") { joined("", path) } else { path.to_owned() };
            assert_eq!(key("get", &path).as_deref(), Some("GET /users/{}"), "{path}");
        }
        assert_eq!(key("get", "no path"), None);
        assert_eq!(key("get", "name"), None);
    }

    #[test]
    fn handlers_take_paths() {
        assert!(takes("GET /users/{}", "GET /users/list") && takes("ANY /files/{*}", "GET /files/a/b"));
        assert!(takes("GET /files/{*}", "GET /files") && takes("GET /users", "ANY /users"));
        assert!(!takes("GET /users", "GET /users/list") && !takes("POST /users/{}", "GET /users/list"));
        assert!(!takes("GET /users/{}", "GET /users/a/b") && !takes("GET /files/{*}", "GET /users"));
    }

    #[test]
    fn calls_meet_routes() {
        assert_eq!(fit("GET /users/{}", "GET /users/{}", false), Some(Fit::Exact));
        assert_eq!(fit("GET /users/{}", "GET /users/42", false), Some(Fit::Exact));
        assert_eq!(fit("GET /users/{}", "GET /users/me", false), None);
        assert_eq!(fit("GET /users", "POST /users", false), None);
        assert_eq!(fit("ANY /users", "POST /users", false), Some(Fit::Exact));
        assert_eq!(fit("GET /users", "GET /api/v1/users", false), Some(Fit::Prefixed));
        assert_eq!(fit("GET /users", "GET /shop/users", false), None);
        assert_eq!(fit("GET /api/users", "GET /users", true), Some(Fit::Prefixed));
        assert_eq!(fit("GET /api/users", "GET /users", false), None);
        assert_eq!(fit("GET /{}", "GET /{}", false), None);
    }
}
