//! Which modules a crate has, which of them uses which, and in which layers they stand.
//!
//! A module is a file. It uses another one where its code names something that is defined there: by `use`, by a path, or
//! by a path in a macro. What is handed on by `pub use` counts as used where it is used. Tests do not count, and a method
//! that is called without its type's name is not seen.
//!
//! The layers of a module are its `mod` declarations, lowest first: a comment between two declarations begins the next.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, UseTree, Visibility};

/// How many names are followed from one `pub use` to the next.
const MOST_STEPS: usize = 8;

/// A path in the crate, from its root: `["history", "read"]` for a module or something in one.
type CratePath = Vec<String>;

/// A module by its path: `history::read`. The root has the name of its file.
pub(crate) type Name = String;

/// Which module uses which, and what of it.
pub(crate) type Uses = BTreeMap<(Name, Name), BTreeSet<String>>;

#[derive(Default)]
struct Module {
    /// What the names that it has imported stand for, and its submodules.
    imported: BTreeMap<String, CratePath>,
    /// What it hands on by `pub use`.
    handed_on: BTreeMap<String, CratePath>,
    /// Modules of which it imports everything.
    globs: Vec<CratePath>,
    /// Every path of its code that begins at the root of the crate.
    named: BTreeSet<CratePath>,
    /// Every other path of its code.
    relative: BTreeSet<CratePath>,
    /// Its submodules, each with the number of its layer.
    submodules: Vec<(String, usize)>,
}

/// The modules of a crate.
pub(crate) struct Modules(BTreeMap<CratePath, Module>);

impl Modules {
    /// Reads a crate by the file of its root.
    pub(crate) fn read(root: &Path) -> Self {
        let mut modules = Self(BTreeMap::new());
        modules.read_file(root, root.parent().unwrap(), Vec::new());
        modules
    }

    fn read_file(&mut self, file: &Path, folder: &Path, path: CratePath) {
        let text =
            std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut module = Module { submodules: submodules(&text, &parsed.items), ..Module::default() };
        for (name, _) in &module.submodules {
            module.imported.insert(name.clone(), below(&path, name));
        }
        let mut reader = Reader { module: &mut module, here: path.clone() };
        parsed.items.iter().for_each(|item| reader.visit_item(item));
        for (name, _) in &module.submodules {
            let folder = folder.join(name);
            let flat = folder.with_extension("rs");
            let file = if flat.exists() { flat } else { folder.join("mod.rs") };
            self.read_file(&file, &folder, below(&path, name));
        }
        self.0.insert(path, module);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Which module uses which.
    pub(crate) fn uses(&self) -> Uses {
        let mut uses = Uses::new();
        for (here, module) in &self.0 {
            let imported = module.relative.iter().filter_map(|path| {
                let from = module.imported.get(&path[0])?;
                Some(from.iter().chain(&path[1..]).cloned().collect())
            });
            for path in module.named.iter().cloned().chain(imported) {
                if let (there, Some(item)) = self.definition(&path, 0)
                    && there != *here
                {
                    uses.entry((name(here), name(&there))).or_default().insert(item);
                }
            }
        }
        uses
    }

    /// The module that defines what a path names, and its name there; none where the path names a module.
    fn definition(&self, path: &[String], steps: usize) -> (CratePath, Option<String>) {
        let mut at = CratePath::new();
        for (index, part) in path.iter().enumerate() {
            let inner = below(&at, part);
            if self.0.contains_key(&inner) {
                at = inner;
                continue;
            }
            let module = &self.0[&at];
            let behind = |from: &CratePath, rest: &[String]| -> CratePath {
                from.iter().chain(rest).cloned().collect()
            };
            if steps < MOST_STEPS {
                if let Some(from) = module.handed_on.get(part).or_else(|| module.imported.get(part)) {
                    return self.definition(&behind(from, &path[index + 1..]), steps + 1);
                }
                let by_glob =
                    module.globs.iter().map(|from| self.definition(&behind(from, &path[index..]), steps + 1));
                if let Some(found) = by_glob.into_iter().find(|(there, _)| *there != at) {
                    return found;
                }
            }
            return (at, Some(part.clone()));
        }
        (at, None)
    }

    /// The layers of the root, lowest first.
    pub(crate) fn layers(&self) -> Vec<Vec<&str>> {
        let mut layers: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for (name, layer) in &self.0[&CratePath::new()].submodules {
            layers.entry(*layer).or_default().push(name);
        }
        layers.into_values().collect()
    }

    /// What is used of a layer above, each with its user.
    pub(crate) fn upwards(&self, uses: &Uses) -> Vec<String> {
        let is_upwards = |from: &str, to: &str| {
            let (from, to): (Vec<&str>, Vec<&str>) = (from.split("::").collect(), to.split("::").collect());
            let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
            let parent: CratePath = from[..common].iter().map(|&part| part.to_owned()).collect();
            let layer = |path: &[&str]| {
                let submodules = &self.0.get(&parent)?.submodules;
                submodules
                    .iter()
                    .find(|(name, _)| Some(&&**name) == path.get(common))
                    .map(|(_, layer)| *layer)
            };
            matches!((layer(&from), layer(&to)), (Some(from), Some(to)) if from < to)
        };
        let upwards = uses.iter().filter(|((from, to), _)| is_upwards(from, to));
        upwards.map(|((from, to), items)| format!("{from} uses {to}: {}", Listed(items))).collect()
    }
}

struct Listed<'s>(&'s BTreeSet<String>);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
    }
}

/// The circles of modules that use each other, each with what ties it.
pub(crate) fn circles(uses: &Uses) -> Vec<String> {
    let mut graph: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in uses.keys() {
        graph.entry(from).or_default().insert(to);
        graph.entry(to).or_default();
    }
    let mut reached: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for &start in graph.keys() {
        let (mut found, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(at) = open.pop() {
            open.extend(graph[at].iter().filter(|next| found.insert(**next)));
        }
        reached.insert(start, found);
    }
    let are_tied = |one: &str, other: &str| reached[one].contains(other) && reached[other].contains(one);
    let mut circles: Vec<BTreeSet<&str>> = Vec::new();
    for &name in graph.keys().filter(|&&name| are_tied(name, name)) {
        match circles.iter_mut().find(|circle| circle.iter().any(|other| are_tied(name, other))) {
            Some(circle) => drop(circle.insert(name)),
            None => circles.push(BTreeSet::from([name])),
        }
    }
    let shown = |circle: BTreeSet<&str>| {
        let ties = uses.iter().filter(|((from, to), _)| circle.contains(&**from) && circle.contains(&**to));
        let ties = ties.map(|((from, to), items)| format!("\n  {from} uses {to}: {}", Listed(items)));
        format!("{} modules in a circle:{}", circle.len(), ties.collect::<String>())
    };
    circles.into_iter().map(shown).collect()
}

fn below(path: &[String], name: &str) -> CratePath {
    path.iter().cloned().chain([name.to_owned()]).collect()
}

fn name(path: &[String]) -> Name {
    if path.is_empty() { "lib".to_owned() } else { path.join("::") }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

/// The files that a module declares, in their order, each with its layer.
fn submodules(text: &str, items: &[Item]) -> Vec<(String, usize)> {
    let (mut submodules, mut layer, mut last) = (Vec::new(), 0, 0);
    for item in items {
        let Item::Mod(ItemMod { attrs, ident, content: None, .. }) = item else { continue };
        if is_test(attrs) || attrs.iter().any(|attribute| attribute.path().is_ident("path")) {
            continue;
        }
        let line = ident.span().start().line;
        let mut between = text.lines().take(line).skip(last);
        layer += usize::from(between.any(|line| line.starts_with("// ")));
        last = line;
        submodules.push((ident.to_string(), layer));
    }
    submodules
}

/// Reads the code of one module.
struct Reader<'m> {
    module: &'m mut Module,
    /// Where it is, also within modules that have no file.
    here: CratePath,
}

impl Reader<'_> {
    /// The same path from the root of the crate, where it says which way that is.
    fn whole(&self, path: &[String]) -> Option<CratePath> {
        let first = path.first()?;
        let (kept, rest) = match first.as_str() {
            "crate" => (0, 1),
            "self" => (self.here.len(), 1),
            "super" => {
                let steps = path.iter().take_while(|part| *part == "super").count();
                (self.here.len().checked_sub(steps)?, steps)
            }
            name if self.module.submodules.iter().any(|(submodule, _)| submodule == name) => {
                (self.here.len(), 0)
            }
            _ => return None,
        };
        Some(self.here[..kept].iter().chain(&path[rest..]).cloned().collect())
    }

    fn path(&mut self, path: CratePath) {
        if let Some(path) = self.whole(&path) {
            self.module.named.insert(path);
        } else if !path.is_empty() {
            self.module.relative.insert(path);
        }
    }

    fn tree(&mut self, tree: &UseTree, before: &[String], is_public: bool) {
        let (name, alias) = match tree {
            UseTree::Path(path) => {
                return self.tree(&path.tree, &below(before, &path.ident.to_string()), is_public);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.tree(tree, before, is_public));
            }
            UseTree::Glob(_) => {
                self.module.globs.extend(self.whole(before));
                return;
            }
            UseTree::Name(name) => (name.ident.to_string(), name.ident.to_string()),
            UseTree::Rename(name) => (name.ident.to_string(), name.rename.to_string()),
        };
        // `use a::{self}` imports `a`.
        let path = if name == "self" { before.to_vec() } else { below(before, &name) };
        let alias = if alias == "self" { path.last().cloned().unwrap_or_default() } else { alias };
        let Some(path) = self.whole(&path) else { return };
        if is_public {
            self.module.handed_on.insert(alias, path);
        } else {
            self.module.named.insert(path.clone());
            self.module.imported.insert(alias, path);
        }
    }

    /// Every path among the tokens of a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons) = (CratePath::new(), 0);
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) if colons == 2 => path.push(ident.to_string()),
                TokenTree::Ident(ident) => self.path(std::mem::replace(&mut path, vec![ident.to_string()])),
                TokenTree::Group(group) => {
                    self.path(std::mem::take(&mut path));
                    self.tokens(group.stream());
                }
                _ => self.path(std::mem::take(&mut path)),
            }
            colons = 0;
        }
        self.path(path);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Use(used) if !is_test(&used.attrs) => {
                self.tree(&used.tree, &[], !matches!(used.vis, Visibility::Inherited));
            }
            Item::Mod(inner) if !is_test(&inner.attrs) => {
                self.here.push(inner.ident.to_string());
                visit::visit_item(self, item);
                self.here.pop();
            }
            Item::Fn(inner) if is_test(&inner.attrs) => {}
            Item::Impl(inner) if is_test(&inner.attrs) => {}
            Item::Use(_) | Item::Mod(_) => {}
            item => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.path(path.segments.iter().map(|part| part.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, inner: &'ast syn::Macro) {
        self.visit_path(&inner.path);
        self.tokens(inner.tokens.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a crate of these files has to answer for.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let modules = Modules::read(&folder.path().join("lib.rs"));
        let uses = modules.uses();
        modules.upwards(&uses).into_iter().chain(circles(&uses)).collect()
    }

    #[test]
    fn layers_allow_what_runs_downwards() {
        let lib = "// The ground.\nmod a;\nmod b;\n\n// Above it.\nmod c;\n\npub use c::C;\n";
        let files = [
            ("lib.rs", lib),
            ("a.rs", ""),
            ("b.rs", "use crate::a::A;"),
            ("c.rs", "fn c() { crate::b::b() }"),
        ];
        assert_eq!(found(&files), [""; 0]);
    }

    #[test]
    fn finds_a_use_of_a_higher_layer() {
        let lib = "// The ground.\nmod a;\n\n// Above it.\nmod b;\n";
        let users = [
            "use crate::b::B;",
            "use crate::{b::{self}}; fn a() { b::B }",
            "fn a() { format!(\"{}\", 1 + super::b::B) }",
            "mod inner { use super::super::b::B; }",
        ];
        for user in users {
            assert_eq!(found(&[("lib.rs", lib), ("a.rs", user), ("b.rs", "")]), ["a uses b: B"], "{user}");
        }
    }

    #[test]
    fn finds_a_circle_through_what_is_handed_on() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\n"),
            ("a.rs", "mod part;\npub use part::Part;\n"),
            ("a/part.rs", "use crate::b;\nfn part() { b::b() }"),
            ("b.rs", "use crate::a::Part;"),
        ];
        let circle = "2 modules in a circle:\n  a::part uses b: b\n  b uses a::part: Part";
        assert_eq!(found(&files), [circle]);
    }

    #[test]
    fn passes_over_tests() {
        let user = "#[cfg(test)]\nmod tests { use crate::b::B; }\n#[cfg(test)]\nuse crate::b::B;";
        let files = [("lib.rs", "mod a;\nmod b;\n"), ("a.rs", user), ("b.rs", "use crate::a::A;")];
        assert_eq!(found(&files), [""; 0]);
    }
}
