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
        (None, _) => vec![first.to_owned()],
    }
}

/// Distributions whose modules have other names.
const RENAMED: [(&str, &[&str]); 24] = [
    ("pyyaml", &["yaml"]),
    ("pillow", &["PIL"]),
    ("beautifulsoup4", &["bs4"]),
    ("scikit-learn", &["sklearn"]),
    ("scikit-image", &["skimage"]),
    ("opencv-python", &["cv2"]),
    ("opencv-python-headless", &["cv2"]),
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
    ("protobuf", &["google"]),
    ("grpcio", &["grpc"]),
    ("attrs", &["attr", "attrs"]),
    ("msgpack-python", &["msgpack"]),
    ("typing-extensions", &["typing_extensions"]),
    ("pycryptodome", &["Crypto"]),
    ("setuptools", &["setuptools", "pkg_resources"]),
];

fn modules_of(package: &str) -> &'static [&'static str] {
    RENAMED.iter().find(|(name, _)| *name == package).map(|(_, modules)| *modules).unwrap_or_default()
}

fn python(module: &str) -> Vec<String> {
    let first = module.split('.').next().unwrap_or(module);
    if first.is_empty() {
        return Vec::new();
    }
    let own = super::extract::python_name(first);
    let renamed =
        RENAMED.iter().filter(|(_, modules)| modules.contains(&first)).map(|(name, _)| (*name).to_owned());
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
        assert!(packages_of(Language::Python, Ecosystem::PyPi, ".models").is_empty());
        assert_eq!(packages_of(Language::Rust, Ecosystem::Cargo, "rand_core::RngCore"), ["rand_core"]);
        let go = packages_of(Language::Go, Ecosystem::Go, "github.com/a/b/sub");
        assert!(go.contains(&"github.com/a/b".to_owned()));
        assert!(packages_of(Language::Go, Ecosystem::Go, "net/http").is_empty());
    }
}
