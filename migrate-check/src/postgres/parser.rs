//! The parser that runs on the tables: an automaton with a stack, which cannot overflow, and a tree of what it recognised.

use super::scanner::Token;
use super::tables::{Action, END, GRAMMAR, State, Symbol};

/// What a statement is made of.
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// The nodes of which others consist, those of each in a row.
    parts: Vec<usize>,
    pub(super) tokens: Vec<Token>,
}

struct Node {
    symbol: Symbol,
    /// The first token that is part of it, or the one behind where it is empty.
    first: usize,
    /// The token behind it.
    end: usize,
    parts: std::ops::Range<usize>,
}

/// A state of the parser, and the node that led to it.
#[derive(Clone, Copy)]
struct Entry {
    state: State,
    node: usize,
}

/// Where the parser stopped.
pub(super) struct Stop {
    /// The token that stands in no rule there; as many as there are: the end.
    pub(super) at: usize,
}

/// Parses the tokens of a statement.
pub(super) fn parse(tokens: Vec<Token>) -> Result<Tree, (Stop, Vec<Token>)> {
    let mut tree = Tree { nodes: Vec::new(), parts: Vec::new(), tokens };
    let mut stack = vec![Entry { state: 0, node: 0 }];
    let mut at = 0;
    loop {
        let state = stack.last().map_or(0, |entry| entry.state);
        let symbol = tree.tokens.get(at).map_or(END, |token| token.symbol);
        match GRAMMAR.action(state, symbol) {
            Action::Accept => return Ok(tree),
            Action::Shift(state) => {
                let node = tree.add(Node { symbol, first: at, end: at + 1, parts: 0..0 });
                stack.push(Entry { state, node });
                at += 1;
            }
            Action::Reduce(rule) if !GRAMMAR.is_refused(rule) => {
                let (symbol, length) = GRAMMAR.rule(rule);
                let taken = stack.split_off(stack.len() - length);
                let start = tree.parts.len();
                tree.parts.extend(taken.iter().map(|entry| entry.node));
                let first = taken.first().map_or(at, |entry| tree.nodes[entry.node].first);
                let node = tree.add(Node { symbol, first, end: at, parts: start..tree.parts.len() });
                let state = stack.last().map_or(0, |entry| entry.state);
                stack.push(Entry { state: GRAMMAR.goto(state, symbol), node });
            }
            Action::Reduce(_) | Action::Error => {
                return Err((Stop { at }, tree.tokens));
            }
        }
    }
}

impl Tree {
    fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Every node, those inside a node before it.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Part<'_>> {
        (0..self.nodes.len()).map(|node| Part { tree: self, node })
    }
}

/// A node of a tree.
#[derive(Clone, Copy)]
pub(super) struct Part<'t> {
    tree: &'t Tree,
    node: usize,
}

impl<'t> Part<'t> {
    fn it(self) -> &'t Node {
        &self.tree.nodes[self.node]
    }

    /// What the grammar calls it.
    pub(super) fn name(self) -> &'static str {
        GRAMMAR.name(self.it().symbol)
    }

    /// What it consists of, one for each symbol of its rule.
    pub(super) fn parts(self) -> impl DoubleEndedIterator<Item = Part<'t>> + Clone {
        self.tree.parts[self.it().parts.clone()].iter().map(move |node| Part { tree: self.tree, node: *node })
    }

    /// The part at this place of its rule.
    pub(super) fn part(self, at: usize) -> Option<Part<'t>> {
        self.parts().nth(at)
    }

    /// The part of this name.
    pub(super) fn find(self, name: &str) -> Option<Part<'t>> {
        self.parts().find(|part| part.name() == name)
    }

    /// Whether it is of this rule: the names of its parts with blanks between.
    pub(super) fn is_made_of(self, rule: &str) -> bool {
        self.parts().map(Part::name).eq(rule.split_whitespace())
    }

    /// Whether it has no token.
    pub(super) fn is_empty(self) -> bool {
        self.it().first == self.it().end
    }

    /// Its first token.
    pub(super) fn first(self) -> usize {
        self.it().first
    }

    /// Its tokens.
    pub(super) fn tokens(self) -> &'t [Token] {
        &self.tree.tokens[self.it().first..self.it().end]
    }

    /// The elements of a list, whose rule is `list: element | list ',' element` or has no comma, or begins with nothing.
    pub(super) fn elements(self) -> Vec<Part<'t>> {
        let mut elements = Vec::new();
        let mut list = Some(self);
        while let Some(part) = list {
            list = part.part(0).filter(|first| first.name() == part.name());
            elements.extend(part.parts().next_back());
        }
        elements.reverse();
        elements
    }

    /// All nodes inside it, and itself.
    pub(super) fn inside(self) -> impl Iterator<Item = Part<'t>> {
        let mut left = vec![self];
        std::iter::from_fn(move || {
            let next = left.pop()?;
            left.extend(next.parts().rev());
            Some(next)
        })
    }
}
