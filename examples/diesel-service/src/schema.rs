//! The tables as Diesel has to know them, as far as this service uses them. `diesel print-schema` writes that of a database
//! which `migrate up` has brought to where it should be.

#![allow(missing_docs, unreachable_pub, reason = "the macro makes items that have no documentation")]

diesel::table! {
    users (id) {
        id -> BigInt,
        email -> Text,
        display_name -> Text,
        deleted_at -> Nullable<Timestamptz>,
    }
}
