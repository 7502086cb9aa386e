//! What the attributes of a constraint may be (`processCASbits` of `gram.y`, and the rule that joins them).

use crate::postgres::parser::Part;

/// What a constraint says of itself, one a flag.
const ATTRIBUTES: [&str; 8] = [
    "NOT DEFERRABLE",
    "DEFERRABLE",
    "INITIALLY IMMEDIATE",
    "INITIALLY DEFERRED",
    "NOT VALID",
    "NO INHERIT",
    "NOT ENFORCED",
    "ENFORCED",
];

fn said(specification: Part<'_>) -> Vec<&'static str> {
    let elements = specification.inside().filter(|part| part.name() == "ConstraintAttributeElem");
    elements
        .filter_map(|element| ATTRIBUTES.into_iter().find(|attribute| element.is_made_of(attribute)))
        .collect()
}

/// Where a constraint says the opposite of what it said before.
pub(super) fn conflicting(node: Part<'_>) -> Option<usize> {
    let last = node.find("ConstraintAttributeElem")?;
    let said = said(node);
    let pairs = [
        ("NOT DEFERRABLE", "INITIALLY DEFERRED"),
        ("NOT DEFERRABLE", "DEFERRABLE"),
        ("INITIALLY IMMEDIATE", "INITIALLY DEFERRED"),
        ("NOT ENFORCED", "ENFORCED"),
    ];
    pairs.iter().any(|(one, other)| said.contains(one) && said.contains(other)).then(|| last.first())
}

/// Where a constraint says what one of its kind cannot.
pub(super) fn attributes(node: Part<'_>) -> Option<usize> {
    let specification = node.find("ConstraintAttributeSpec")?;
    let [deferrable, valid, inherit, enforced] = match node.part(0)?.name() {
        "CHECK" if node.name() == "ConstraintElem" => [false, true, true, true],
        "CHECK" => [false, true, true, false],
        "NOT" if node.name() == "ConstraintElem" => [false, true, true, false],
        "NOT" => [false; 4],
        "FOREIGN" => [true, true, false, true],
        // ALTER CONSTRAINT.
        "ALTER" => [true, false, true, true],
        // Unique, primary key, exclusion; a trigger.
        _ => [true, false, false, false],
    };
    let is_allowed = |attribute: &str| match attribute {
        "DEFERRABLE" | "INITIALLY DEFERRED" => deferrable,
        "NOT VALID" => valid,
        "NO INHERIT" => inherit,
        "NOT ENFORCED" | "ENFORCED" => enforced,
        _ => true,
    };
    said(specification).into_iter().any(|attribute| !is_allowed(attribute)).then(|| specification.first())
}
