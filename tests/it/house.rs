//! Sizes and names: a file that can be read at once, a function that fits on a screen, a name that means
//! one thing.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};

use crate::architecture::{code_lines, sources};

/// Longer files are two files.
const LONGEST_FILE: usize = 450;

/// Shorter files are part of another one, unless all they do is to list modules, or they draw what a
/// file of the same name decides.
const SHORTEST_FILE: usize = 25;

/// Longer functions are two functions.
const LONGEST_FUNCTION: usize = 80;

/// Type names that mean two things still, and have to go one by one.
const TWICE: &[&str] = &[];

/// What was found in a file.
#[derive(Default)]
struct Found {
    /// Functions with their first and last line.
    functions: Vec<(String, usize, usize)>,
    /// Public types.
    types: Vec<String>,
}

fn lines(block: &syn::Block) -> (usize, usize) {
    let braces = block.brace_token.span;
    (braces.open().start().line, braces.close().end().line)
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    let asks = |attribute: &syn::Attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string() == "test",
        _ => false,
    };
    attributes.iter().any(asks)
}

fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

impl<'a> Visit<'a> for Found {
    fn visit_item_mod(&mut self, module: &'a syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'a syn::ItemFn) {
        let (first, last) = lines(&function.block);
        self.functions.push((function.sig.ident.to_string(), first, last));
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'a syn::ImplItemFn) {
        let (first, last) = lines(&function.block);
        self.functions.push((function.sig.ident.to_string(), first, last));
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_item_struct(&mut self, item: &'a syn::ItemStruct) {
        self.types.extend(is_public(&item.vis).then(|| item.ident.to_string()));
    }

    fn visit_item_enum(&mut self, item: &'a syn::ItemEnum) {
        self.types.extend(is_public(&item.vis).then(|| item.ident.to_string()));
    }

    fn visit_item_type(&mut self, item: &'a syn::ItemType) {
        self.types.extend(is_public(&item.vis).then(|| item.ident.to_string()));
    }

    fn visit_item_trait(&mut self, item: &'a syn::ItemTrait) {
        self.types.extend(is_public(&item.vis).then(|| item.ident.to_string()));
        visit::visit_item_trait(self, item);
    }
}

fn found(source: &str) -> Found {
    let mut found = Found::default();
    found.visit_file(&syn::parse_file(source).unwrap());
    found
}

/// Whether a file does nothing but list modules, and what others may name of them.
fn is_a_list(source: &str) -> bool {
    let file = syn::parse_file(source).unwrap();
    file.items.iter().all(|item| matches!(item, syn::Item::Mod(_) | syn::Item::Use(_)))
}

/// Functions of a file that are too long, in words.
fn long_functions(source: &str) -> Vec<String> {
    let rows: Vec<&str> = source.lines().collect();
    let count = |first: usize, last: usize| code_lines(&rows[first.saturating_sub(1)..last].join("\n"));
    let functions = found(source).functions.into_iter();
    let sized = functions.map(|(name, first, last)| (name, count(first, last)));
    sized.filter(|(_, size)| *size > LONGEST_FUNCTION).map(|(name, size)| format!("{name} {size}")).collect()
}

/// Names that several of `files` give to a type.
fn names_of_two_things(files: &[(String, String)]) -> Vec<String> {
    let mut places: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (file, source) in files {
        for name in found(source).types {
            places.entry(name).or_default().insert(file);
        }
    }
    let twice = places.into_iter().filter(|(_, files)| files.len() > 1);
    twice.map(|(name, files)| format!("{name}: {files:?}")).collect()
}

#[test]
fn no_file_and_no_function_is_too_long_to_be_read_at_once() {
    let mut long = Vec::new();
    for (file, source) in sources() {
        let lines = code_lines(&source);
        if lines > LONGEST_FILE {
            long.push(format!("{file}: {lines} lines"));
        }
        long.extend(long_functions(&source).into_iter().map(|function| format!("{file}: {function}")));
    }
    assert!(long.is_empty(), "\n{}", long.join("\n"));
}

#[test]
fn no_file_is_too_short_to_be_one() {
    let sources = sources();
    let is_drawn = |file: &str| {
        let name = file.strip_prefix("ui/").unwrap_or_default();
        let decides = ["app/screen/", "app/overlay/"].map(|folder| format!("{folder}{name}"));
        sources.iter().any(|(other, _)| decides.contains(other))
    };
    let short = sources.iter().filter(|(file, source)| {
        file != "main.rs" && code_lines(source) < SHORTEST_FILE && !is_a_list(source) && !is_drawn(file)
    });
    let short: Vec<String> = short.map(|(file, source)| format!("{file}: {}", code_lines(source))).collect();
    assert!(short.is_empty(), "\n{}", short.join("\n"));
}

#[test]
fn a_public_type_name_means_one_thing() {
    let twice = names_of_two_things(&sources());
    let twice: Vec<&String> = twice
        .iter()
        .filter(|text| !TWICE.iter().any(|known| text.starts_with(&format!("{known}:"))))
        .collect();
    assert!(twice.is_empty(), "\n{twice:#?}");
}

#[test]
fn what_is_too_long_and_what_means_two_things_is_found() {
    let long = format!("impl X {{ fn f() {{\n{}}} }}", "let x = 1;\n".repeat(LONGEST_FUNCTION + 1));
    assert_eq!(long_functions(&long).len(), 1);
    assert!(long_functions("fn f() {}").is_empty());
    let file = |name: &str, source: &str| (name.to_owned(), source.to_owned());
    let one = file("api/a.rs", "pub struct Line;");
    assert_eq!(names_of_two_things(&[one.clone(), file("ui/b.rs", "pub enum Line {}")]).len(), 1);
    assert!(names_of_two_things(&[one.clone(), file("ui/b.rs", "struct Line;")]).is_empty());
    assert!(
        names_of_two_things(&[one, file("c.rs", "#[cfg(test)] mod tests { pub struct Line; }")]).is_empty()
    );
    assert!(is_a_list("mod a; pub use a::B;") && !is_a_list("mod a; fn f() {}"));
}
