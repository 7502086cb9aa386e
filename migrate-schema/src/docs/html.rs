//! HTML that is put together so that nothing of a database can become markup: what is written here is markup, what comes
//! from elsewhere is text.

use std::fmt::{Display, Write as _};

use crate::key::Key;

/// A piece of HTML.
#[derive(Clone, Debug, Default)]
pub(super) struct Html(String);

impl Html {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Markup, which is known when this is compiled.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, also within an attribute in quotes.
    pub(super) fn text(&mut self, text: impl Display) -> &mut Self {
        let _ = write!(Escaped(&mut self.0), "{text}");
        self
    }

    pub(super) fn add(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// An element with text in it.
    pub(super) fn element(
        &mut self,
        open: &'static str,
        text: impl Display,
        close: &'static str,
    ) -> &mut Self {
        self.raw(open).text(text).raw(close)
    }

    /// A link within the page.
    pub(super) fn link(&mut self, anchor: &str, text: impl Display) -> &mut Self {
        self.raw("<a href=\"#").text(anchor).raw("\">").text(text).raw("</a>")
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// Writes text with what HTML would take for markup, or would not take at all, as something else.
struct Escaped<'s>(&'s mut String);

impl std::fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' | '\t' => self.0.push(character),
                '\r' => {}
                // As the picture of itself; and what turns text around is shown as not there.
                '\0'..='\x1f' => {
                    self.0.push(char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'));
                }
                '\x7f'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                    self.0.push('\u{fffd}');
                }
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}

/// What a thing is called within the page: letters of any name, and no two things the same.
pub(super) fn anchor(key: &Key) -> String {
    let kind = key.kind().name().replace(' ', "-");
    let path: Vec<String> = key.path().iter().map(|part| encoded(part)).collect();
    format!("{kind}.{}", path.join("."))
}

/// What a migration is called within the page.
pub(super) fn anchor_of_migration(stem: &str) -> String {
    format!("migration.{}", encoded(stem))
}

/// What an address needs no escape for stays, so that it can be read; everything else by its bytes.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => encoded.push(char::from(byte)),
            other => {
                let _ = write!(encoded, "~{other:02x}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    #[test]
    fn text_stays_text() {
        let mut html = Html::new();
        html.element("<b title=\"", "<script>alert(\"1\" & '2')</script>\u{202e}\u{1}\r\n", "\"></b>");
        let expected = "<b title=\"&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;\u{fffd}␁\n\"></b>";
        assert_eq!(html.into_string(), expected);
    }

    #[test]
    fn anchors_differ_where_names_do() {
        let of = |path: &[&str]| {
            anchor(&Key::new(Kind::Table, path.iter().map(|&part| part.to_owned()).collect()))
        };
        assert_eq!(of(&["public", "users"]), "table.public.users");
        assert_eq!(of(&["public", "\"a.b\""]), "table.public.~22a~2eb~22");
        assert_ne!(of(&["a.b", "c"]), of(&["a", "b.c"]));
        assert_ne!(of(&["a", "ä"]), of(&["a", "a"]));
        let key = Key::new(Kind::MaterializedView, vec!["public".to_owned(), "v".to_owned()]);
        assert_eq!(anchor(&key), "materialized-view.public.v");
    }
}
