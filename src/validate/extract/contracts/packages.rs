//! Package manifests with formats of their own, as far as they name dependencies.

use super::manifest::{add, requirement};
use crate::validate::model::FileModel;

/// One requirement a line; options and other files are left out.
pub(super) fn requirements(source: &str) -> FileModel {
    let mut model = FileModel::default();
    for (line, text) in numbered(source) {
        let text = text.trim();
        if text.starts_with(['#', '-']) || text.contains("://") {
            continue;
        }
        if let Some((name, demanded)) = requirement(text) {
            add(&mut model, &name, &demanded, line);
        }
    }
    model
}

pub(super) fn go_mod(source: &str) -> FileModel {
    let mut model = FileModel::default();
    let mut in_block = false;
    for (line, text) in numbered(source) {
        let text = text.split("//").next().unwrap_or(text).trim();
        if let Some(module) = text.strip_prefix("module ") {
            module.trim().clone_into(&mut model.package);
        }
        let required = match text {
            "require (" => {
                in_block = true;
                continue;
            }
            ")" => {
                in_block = false;
                continue;
            }
            _ if in_block => Some(text),
            _ => text.strip_prefix("require "),
        };
        let mut words = required.unwrap_or_default().split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            add(&mut model, name, version, line);
        }
    }
    model
}

/// Maven: group and artifact as `group:artifact`. What only manages versions counts too, because
/// it can be what decides one.
pub(super) fn pom(source: &str) -> FileModel {
    let mut model = FileModel::default();
    let mut rest = source;
    let mut line = 1;
    while let Some(start) = rest.find("<dependency>") {
        line += rest[..start].matches('\n').count() as u32;
        rest = &rest[start..];
        let end = rest.find("</dependency>").unwrap_or(rest.len());
        let block = &rest[..end];
        let tag = |name: &str| {
            let (_, after) = block.split_once(&format!("<{name}>"))?;
            Some(after.split('<').next().unwrap_or(after).trim())
        };
        if let (Some(group), Some(artifact)) = (tag("groupId"), tag("artifactId")) {
            add(&mut model, &format!("{group}:{artifact}"), tag("version").unwrap_or_default(), line);
        }
        line += block.matches('\n').count() as u32;
        rest = &rest[end..];
    }
    model
}

/// Gradle: any quoted `group:artifact:version` after a word such as `implementation`.
pub(super) fn gradle(source: &str) -> FileModel {
    const WORDS: [&str; 7] = [
        "implementation",
        "api",
        "compileOnly",
        "runtimeOnly",
        "testImplementation",
        "annotationProcessor",
        "kapt",
    ];
    let mut model = FileModel::default();
    for (line, text) in numbered(source) {
        let text = text.trim();
        let Some(word) = WORDS.iter().find(|word| text.starts_with(**word)) else { continue };
        let rest = &text[word.len()..];
        let Some(quoted) = rest.trim_start_matches(['(', ' ']).strip_prefix(['"', '\'']) else { continue };
        let quoted = quoted.split(['"', '\'']).next().unwrap_or_default();
        let mut parts = quoted.split(':');
        if let (Some(group), Some(artifact)) = (parts.next(), parts.next()) {
            add(&mut model, &format!("{group}:{artifact}"), parts.next().unwrap_or_default(), line);
        }
    }
    model
}

fn numbered(source: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..).zip(source.lines())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(model: &FileModel, expected: &[(&str, &str, u32)]) {
        let found: Vec<_> = model
            .entries
            .iter()
            .map(|entry| (entry.key.as_str(), entry.detail.as_str(), entry.line))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_manifest_names_its_dependencies() {
        check(
            &requirements("# a\nFlask==2.0 # web\n-r other.txt\ngit+https://x/y\nPy_YAML\n"),
            &[("flask", "==2.0", 2), ("py-yaml", "", 5)],
        );
        let go = "module example.com/x\n\nrequire github.com/a/b v1.2.0\nrequire (\n\tgithub.com/c/d v0.1.0 // indirect\n)\n";
        check(&go_mod(go), &[("github.com/a/b", "v1.2.0", 3), ("github.com/c/d", "v0.1.0", 5)]);
        let xml = "<project>\n<dependencies>\n<dependency>\n<groupId>org.x</groupId>\n<artifactId>y</artifactId>\n<version>1</version>\n</dependency>\n</dependencies>\n</project>\n";
        check(&pom(xml), &[("org.x:y", "1", 3)]);
        check(
            &gradle("dependencies {\n  implementation(\"a.b:c:1.0\")\n  api 'd:e'\n}\n"),
            &[("a.b:c", "1.0", 2), ("d:e", "", 3)],
        );
    }
}
