//! What a page of HTML refers to, and what of it can be referred to.

use std::cell::RefCell;
use std::collections::BTreeSet;

use html5ever::TokenizerResult;
use html5ever::tokenizer::{BufferQueue, Tag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

#[derive(Debug, Default)]
pub(crate) struct Page {
    /// `href` and `src`, as they stand there.
    pub(crate) links: Vec<String>,
    pub(crate) anchors: BTreeSet<String>,
}

impl Page {
    pub(crate) fn parse(text: &str) -> Self {
        let input = BufferQueue::default();
        input.push_back(text.into());
        let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
        while let TokenizerResult::Script(()) = tokenizer.feed(&input) {}
        tokenizer.end();
        tokenizer.sink.0.into_inner()
    }
}

#[derive(Default)]
struct Sink(RefCell<Page>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(Tag { attrs, .. }) = token {
            let mut page = self.0.borrow_mut();
            for attr in attrs {
                match &*attr.name.local {
                    "href" | "src" => page.links.push(attr.value.to_string()),
                    "id" | "name" => drop(page.anchors.insert(attr.value.to_string())),
                    _ => {}
                }
            }
        }
        TokenSinkResult::Continue
    }
}
