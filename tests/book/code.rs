//! The Rust code of the README and of the book, which the tests of documentation compile. The crate itself has nothing.

macro_rules! pages {
    ($($name:ident => $path:literal),+ $(,)?) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!($path)]
            pub mod $name {}
        )+
    };
}

pages! {
    readme => "../../README.md",
    introduction => "../../docs/src/introduction.md",
    getting_started => "../../docs/src/getting-started.md",
    testing => "../../docs/src/testing.md",
    how_it_works => "../../docs/src/how-it-works.md",
    coming_from => "../../docs/src/coming-from.md",
    coming_from_sqlx => "../../docs/src/coming-from/sqlx.md",
    coming_from_refinery => "../../docs/src/coming-from/refinery.md",
    coming_from_diesel => "../../docs/src/coming-from/diesel.md",
}
