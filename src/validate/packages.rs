//! Which package an import takes something from.

use super::extract::Language;

/// Manifests and code that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ecosystem {
    Npm,
    Cargo,
    PyPi,
    Go,
    Maven,
}

impl Ecosystem {
    /// The word of a package that files which name it are sure to hold.
    pub(super) fn word(self, package: &str) -> &str {
        match self {
            Self::Npm | Self::Go => package,
            Self::Maven => package.split(':').next().unwrap_or(package),
            Self::Cargo => package,
            Self::PyPi => modules_of(package).first().copied().unwrap_or(package),
        }
    }
}

/// The ecosystem that a manifest belongs to.
pub(super) fn ecosystem_of(language: Language) -> Option<Ecosystem> {
    Some(match language {
        Language::PackageJson => Ecosystem::Npm,
        Language::CargoToml => Ecosystem::Cargo,
        Language::PyProject | Language::Requirements => Ecosystem::PyPi,
        Language::GoMod => Ecosystem::Go,
        Language::Pom | Language::Gradle => Ecosystem::Maven,
        _ => return None,
    })
}

/// The packages that an import may mean, as manifests name them; none for the project's own.
pub(super) fn packages_of(language: Language, ecosystem: Ecosystem, module: &str) -> Vec<String> {
    match (ecosystem, language) {
        (Ecosystem::Npm, Language::TypeScript | Language::Tsx | Language::JavaScript) => npm(module),
        (Ecosystem::PyPi, Language::Python) => python(module),
        (Ecosystem::Cargo, Language::Rust) => {
            let first = module.split("::").next().unwrap_or(module);
            let own = matches!(first, "" | "crate" | "self" | "super" | "std" | "core" | "alloc");
            if own { Vec::new() } else { vec![first.to_owned()] }
        }
        (Ecosystem::Go, Language::Go) => {
            prefixes(module, '/').filter(|prefix| prefix.contains('.')).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether two distributions have the same modules, as far as names tell: one is a build of the other.
pub(super) fn brings_same(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    let shares = || modules_of(one).iter().any(|module| modules_of(other).contains(module));
    long.strip_prefix(short).is_some_and(|rest| rest.starts_with('-')) || shares()
}

/// Modules of Node that packages of the same name stand for elsewhere.
const NODE: [&str; 33] = [
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "timers",
    "tls",
    "tty",
    "url",
    "util",
    "zlib",
];

/// Modules of Python that packages of the same name brought to versions without them.
const PYTHON: [&str; 23] = [
    "argparse",
    "asyncio",
    "configparser",
    "contextvars",
    "dataclasses",
    "distutils",
    "enum",
    "functools",
    "hashlib",
    "importlib",
    "ipaddress",
    "json",
    "logging",
    "multiprocessing",
    "ordereddict",
    "pathlib",
    "selectors",
    "statistics",
    "typing",
    "unittest",
    "uuid",
    "wsgiref",
    "zoneinfo",
];

fn npm(module: &str) -> Vec<String> {
    let is_name = |part: &str| !part.is_empty() && !part.starts_with('.');
    let mut parts = module.split('/');
    let Some(first) = parts.next().filter(|first| is_name(first)) else { return Vec::new() };
    if module.contains(':') || first.starts_with(['#', '~']) || first == "@" {
        return Vec::new();
    }
    match (first.strip_prefix('@'), parts.next()) {
        (Some(_), Some(second)) => vec![format!("{first}/{second}")],
        (Some(_), None) => Vec::new(),
        (None, None) if NODE.contains(&first) => Vec::new(),
        (None, _) => vec![first.to_owned()],
    }
}

/// Distributions whose modules have other names.
const RENAMED: [(&str, &[&str]); 26] = [
    ("pyyaml", &["yaml"]),
    ("pillow", &["PIL"]),
    ("beautifulsoup4", &["bs4"]),
    ("scikit-learn", &["sklearn"]),
    ("scikit-image", &["skimage"]),
    ("opencv-python", &["cv2"]),
    ("opencv-python-headless", &["cv2"]),
    ("opencv-contrib-python", &["cv2"]),
    ("python-dateutil", &["dateutil"]),
    ("python-dotenv", &["dotenv"]),
    ("python-jose", &["jose"]),
    ("python-multipart", &["multipart"]),
    ("pyjwt", &["jwt"]),
    ("psycopg2-binary", &["psycopg2"]),
    ("mysqlclient", &["MySQLdb"]),
    ("djangorestframework", &["rest_framework"]),
    ("django-cors-headers", &["corsheaders"]),
    ("django-environ", &["environ"]),
    ("protobuf", &["google.protobuf"]),
    ("grpcio", &["grpc"]),
    ("attrs", &["attr", "attrs"]),
    ("msgpack-python", &["msgpack"]),
    ("typing-extensions", &["typing_extensions"]),
    ("pycryptodome", &["Crypto"]),
    ("pycrypto", &["Crypto"]),
    ("setuptools", &["setuptools", "pkg_resources"]),
];

fn modules_of(package: &str) -> &'static [&'static str] {
    RENAMED.iter().find(|(name, _)| *name == package).map(|(_, modules)| *modules).unwrap_or_default()
}

fn python(module: &str) -> Vec<String> {
    let first = module.split('.').next().unwrap_or(module);
    if first.is_empty() || PYTHON.contains(&first) {
        return Vec::new();
    }
    let own = super::extract::python_name(first);
    let is_it = |brought: &&str| {
        *brought == first
            || brought.contains('.') && (module == *brought || module.starts_with(&format!("{brought}.")))
    };
    let renamed =
        RENAMED.iter().filter(|(_, modules)| modules.iter().any(is_it)).map(|(name, _)| (*name).to_owned());
    std::iter::once(own).chain(renamed).collect()
}

fn prefixes(path: &str, separator: char) -> impl Iterator<Item = String> {
    let ends = path.match_indices(separator).map(|(at, _)| at).chain([path.len()]);
    ends.map(|end| path[..end].to_owned()).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_name_packages() {
        let npm = |module: &str| packages_of(Language::TypeScript, Ecosystem::Npm, module);
        assert_eq!(npm("lodash/fp"), ["lodash"]);
        assert_eq!(npm("@scope/pkg/deep"), ["@scope/pkg"]);
        for own in ["./x", "../x", "node:fs", "@/x", "#internal", "~/x", ""] {
            assert!(npm(own).is_empty(), "{own}");
        }
        assert_eq!(packages_of(Language::Python, Ecosystem::PyPi, "yaml.nodes"), ["yaml", "pyyaml"]);
        assert_eq!(packages_of(Language::Python, Ecosystem::PyPi, "flask_login"), ["flask-login"]);
        let python = |module: &str| packages_of(Language::Python, Ecosystem::PyPi, module);
        assert!(python(".models").is_empty() && python("dataclasses").is_empty());
        assert_eq!(python("google.protobuf.message"), ["google", "protobuf"]);
        assert_eq!(python("google.cloud.storage"), ["google"]);
        assert!(npm("events").is_empty() && npm("fs/promises") == ["fs"]);
        assert!(brings_same("psycopg2", "psycopg2-binary") && brings_same("pycryptodome", "pycrypto"));
        assert!(!brings_same("flask", "flasks") && !brings_same("requests", "flask"));
        assert_eq!(packages_of(Language::Rust, Ecosystem::Cargo, "rand_core::RngCore"), ["rand_core"]);
        let go = packages_of(Language::Go, Ecosystem::Go, "github.com/a/b/sub");
        assert!(go.contains(&"github.com/a/b".to_owned()));
        assert!(packages_of(Language::Go, Ecosystem::Go, "net/http").is_empty());
    }
}
