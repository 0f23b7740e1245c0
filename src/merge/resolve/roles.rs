//! What the nodes of a syntax tree are to a merge: which hold lists, and of what.
//!
//! One table for all languages; where a grammar's word means two things, what is in the node decides.

use crate::validate::extract::SyntaxNode;

/// How the children of a node may be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Statements, declarations or members, one below the other.
    Block,
    /// Parameters of a function, or its type parameters.
    Params,
    Args,
    /// Entries, each with a name of its own; their order means nothing.
    Entries,
    /// Values in a row that a reader takes as a set.
    Elements,
    /// Values whose place is their meaning.
    Tuple,
    /// Entries with names of their own, one below the other.
    Records,
    /// Imported names.
    Names,
    /// Paragraphs and entries of a text for people.
    Prose,
    /// Calls, each on what the one before it returned.
    Chain,
    /// A fixed number of parts, each with its own meaning.
    Parts,
    /// Parts as above, of which one may change without regard to the others.
    Compound,
    /// One thing, whole.
    Leaf,
}

impl Role {
    /// Whether its items are separated by commas.
    pub(super) fn has_commas(self) -> bool {
        matches!(self, Self::Params | Self::Args | Self::Entries | Self::Elements | Self::Tuple | Self::Names)
    }

    /// Whether it holds any number of items.
    pub(super) fn is_list(self) -> bool {
        self.has_commas() || matches!(self, Self::Block | Self::Records | Self::Prose | Self::Chain)
    }
}

const BLOCKS: &[&str] = &[
    "module",
    "source_file",
    "program",
    "block",
    "statement_block",
    "statement_list",
    "declaration_list",
    "class_body",
    "interface_body",
    "object_type",
    "switch_body",
    "switch_block",
    "match_block",
    "import_spec_list",
    "const_declaration",
    "var_spec_list",
    "type_declaration",
    "interface_type",
    "expression_switch_statement",
    "type_switch_statement",
    "select_statement",
    "constructor_body",
    "enum_body_declarations",
    "annotation_type_body",
    "record_body",
    // Go writes fields as statements, Rust as entries: what separates them tells.
    "field_declaration_list",
];
const PARAMS: &[&str] = &[
    "parameters",
    "lambda_parameters",
    "parameter_list",
    "formal_parameters",
    "type_parameters",
    "type_parameter_list",
];
const ARGS: &[&str] = &["argument_list", "arguments"];
const ENTRIES: &[&str] = &[
    "dictionary",
    "object",
    "object_pattern",
    "struct_pattern",
    "enum_variant_list",
    "enum_body",
    "field_initializer_list",
    "json_object",
    "toml_inline_table",
    "yaml_flow_map",
];
const ELEMENTS: &[&str] = &[
    "list",
    "set",
    "array",
    "array_expression",
    "array_initializer",
    "element_value_array_initializer",
    "literal_value",
    "json_array",
    "toml_array",
    "yaml_flow_seq",
];
const TUPLES: &[&str] = &[
    "tuple",
    "tuple_expression",
    "tuple_type",
    "tuple_pattern",
    "array_pattern",
    "expression_list",
    "pattern_list",
    "ordered_field_declaration_list",
    "type_arguments",
    "delimited_tokens",
    "placed_values",
];
const NAMES: &[&str] =
    &["use_list", "named_imports", "export_clause", "import_from_statement", "attribute_names"];
const RECORDS: &[&str] =
    &["toml_document", "toml_table", "yaml_stream", "yaml_map", "yaml_seq", "line_list", "go_block"];
const PROSE: &[&str] = &["block_comment", "md_document", "md_section", "md_list", "md_table"];
const COMPOUND: &[&str] = &[
    "function_definition",
    "class_definition",
    "decorated_definition",
    "if_statement",
    "elif_clause",
    "else_clause",
    "for_statement",
    "while_statement",
    "with_statement",
    "try_statement",
    "except_clause",
    "finally_clause",
    "match_statement",
    "case_clause",
    "function_item",
    "function_signature_item",
    "impl_item",
    "struct_item",
    "enum_item",
    "union_item",
    "trait_item",
    "mod_item",
    "match_expression",
    "match_arm",
    "for_expression",
    "while_expression",
    "loop_expression",
    "if_expression",
    "let_chain",
    "closure_expression",
    "unsafe_block",
    "async_block",
    "method_declaration",
    "function_declaration",
    "type_spec",
    "struct_type",
    "func_literal",
    "communication_case",
    "expression_case",
    "type_case",
    "default_case",
    "class_declaration",
    "abstract_class_declaration",
    "interface_declaration",
    "enum_declaration",
    "method_definition",
    "constructor_declaration",
    "export_statement",
    "switch_statement",
    "switch_case",
    "switch_default",
    "switch_block_statement_group",
    "switch_rule",
    "for_in_statement",
    "enhanced_for_statement",
    "do_statement",
    "catch_clause",
    "try_with_resources_statement",
    "arrow_function",
    "function_expression",
    "generator_function_declaration",
    "class",
    "type_alias_declaration",
    "internal_module",
    "labeled_statement",
    "record_declaration",
];

/// The role of a node of a file.
pub(super) fn role(node: &SyntaxNode, source: &str) -> Role {
    let kind = node.kind;
    if node.children.is_empty() {
        return if is_prose(node, source) { Role::Prose } else { Role::Leaf };
    }
    match kind {
        "field_declaration_list" if has_token(node, ",") => Role::Entries,
        "const_declaration" | "type_declaration" if !has_token(node, "(") => Role::Compound,
        "import_from_statement" if is_glob(node) => Role::Leaf,
        "token_tree" if holds_literal(node) => Role::Parts,
        "token_tree" | "delim_token_tree" => Role::Leaf,
        "string" if is_prose(node, source) => Role::Prose,
        "literal_value" if node.children.iter().any(|child| child.kind == "keyed_element") => Role::Entries,
        _ => in_table(kind),
    }
}

fn in_table(kind: &str) -> Role {
    let table: [(&[&str], Role); 10] = [
        (BLOCKS, Role::Block),
        (PARAMS, Role::Params),
        (ARGS, Role::Args),
        (ENTRIES, Role::Entries),
        (ELEMENTS, Role::Elements),
        (TUPLES, Role::Tuple),
        (NAMES, Role::Names),
        (RECORDS, Role::Records),
        (PROSE, Role::Prose),
        (COMPOUND, Role::Compound),
    ];
    table.iter().find(|(kinds, _)| kinds.contains(&kind)).map_or(Role::Parts, |(_, role)| *role)
}

/// Whether what a macro is given is made of parts.
fn holds_literal(node: &SyntaxNode) -> bool {
    node.children.iter().any(|child| child.kind == "field_initializer_list" || holds_literal(child))
}

fn has_token(node: &SyntaxNode, token: &str) -> bool {
    node.children.iter().any(|child| !child.named && child.kind == token)
}

fn is_glob(node: &SyntaxNode) -> bool {
    node.children.iter().any(|child| child.kind == "wildcard_import")
}

/// Whether a string or comment goes over lines, as only texts for people do.
fn is_prose(node: &SyntaxNode, source: &str) -> bool {
    let text = &source[node.span.clone()];
    let is_text = match node.kind {
        "string" => text.contains("\"\"\"") || text.contains("'''"),
        "comment" | "block_comment" => text.starts_with("/*"),
        _ => false,
    };
    is_text && text.trim_end().contains('\n')
}

/// Whether a node only comments on what comes next.
pub(super) fn is_comment(kind: &str) -> bool {
    matches!(kind, "comment" | "line_comment" | "block_comment" | "html_comment")
}

/// Whether a node belongs to the declaration after it although it stands before.
pub(super) fn is_attribute(kind: &str) -> bool {
    matches!(kind, "attribute_item" | "decorator")
}

/// Whether a node declares something that others use by its name.
pub(super) fn is_declaration(kind: &str) -> bool {
    const DECLARATIONS: &[&str] = &[
        "function_definition",
        "class_definition",
        "decorated_definition",
        "function_item",
        "function_signature_item",
        "impl_item",
        "struct_item",
        "enum_item",
        "union_item",
        "trait_item",
        "mod_item",
        "type_item",
        "const_item",
        "static_item",
        "macro_definition",
        "method_declaration",
        "function_declaration",
        "type_declaration",
        "type_spec",
        "const_declaration",
        "const_spec",
        "class_declaration",
        "abstract_class_declaration",
        "interface_declaration",
        "enum_declaration",
        "method_definition",
        "constructor_declaration",
        "type_alias_declaration",
        "internal_module",
        "generator_function_declaration",
        "method_signature",
        "property_signature",
        "abstract_method_signature",
        "public_field_definition",
        "field_definition",
        "field_declaration",
        "record_declaration",
        "associated_type",
        "method_elem",
        "method_spec",
        "type_elem",
        "match_arm",
        "case_clause",
        "expression_case",
        "type_case",
        "switch_case",
        "import_statement",
        "import_from_statement",
        "use_declaration",
        "extern_crate_declaration",
        "import_spec",
        "import_declaration",
        "future_import_statement",
        "function_signature",
        "ambient_declaration",
        "type_alias_statement",
        "toml_pair",
        "toml_table",
        "yaml_pair",
        "line_entry",
        "line_pattern",
        "go_block",
        "md_section",
    ];
    DECLARATIONS.contains(&kind)
}
