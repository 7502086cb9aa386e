//! In which order tenants have their turn: the canaries first, then wave after wave. Pure decisions, no I/O.

use std::fmt;
use std::str::FromStr;

use migrate_source::Code;

use super::error::FleetError;
use super::tenant::Tenant;

/// A part of the tenants: so many, or so many of a hundred, rounded up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Share {
    /// So many.
    Count(usize),
    /// So many of a hundred, from 0 to 100.
    Percent(f64),
}

/// Those on which a change is tried before all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Canaries {
    #[default]
    None,
    First(usize),
    Named(Vec<String>),
}

impl Share {
    /// How many that is of so many.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of what can be counted is between 0 and that"
    )]
    pub fn of(self, all: usize) -> usize {
        match self {
            Self::Count(count) => count.min(all),
            Self::Percent(percent) => ((all as f64 * percent / 100.0).ceil() as usize).min(all),
        }
    }
}

impl FromStr for Share {
    type Err = FleetError;

    /// Reads `5` and `12.5%`.
    fn from_str(text: &str) -> Result<Self, FleetError> {
        let text = text.trim();
        let share = match text.strip_suffix('%') {
            Some(percent) => percent
                .trim()
                .parse()
                .ok()
                .filter(|percent| (0.0..=100.0).contains(percent))
                .map(Self::Percent),
            None => text.parse().ok().map(Self::Count),
        };
        share.ok_or_else(|| {
            FleetError::new(
                Code::M0705,
                format!("{text:?} is not a valid share: write a number, `5`, or a percentage, `10%`"),
            )
        })
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

/// The waves, each a list of positions in the list of tenants. Shares count all tenants that had their turn by then, the
/// canaries included; who is in none of them comes last.
pub(super) fn waves(
    tenants: &[Tenant],
    canaries: &Canaries,
    shares: &[Share],
) -> Result<Vec<Vec<usize>>, FleetError> {
    let first = canaries_of(tenants, canaries)?;
    let mut rest = (0..tenants.len()).filter(|position| !first.contains(position));
    let mut done = first.len();
    let mut waves = vec![first.clone()];
    for share in shares {
        let until = share.of(tenants.len());
        waves.push(rest.by_ref().take(until.saturating_sub(done)).collect());
        done = done.max(until);
    }
    waves.push(rest.collect());
    waves.retain(|wave| !wave.is_empty());
    let sizes: Vec<usize> = shares.iter().map(|share| share.of(tenants.len())).collect();
    if !sizes.is_sorted() {
        let shares: Vec<String> = shares.iter().map(Share::to_string).collect();
        return Err(FleetError::new(
            Code::M0705,
            format!(
                "the waves {} do not grow: write the share of all tenants that is done after each wave, as in 1%,10%,100%",
                shares.join(",")
            ),
        ));
    }
    Ok(waves)
}

fn canaries_of(tenants: &[Tenant], canaries: &Canaries) -> Result<Vec<usize>, FleetError> {
    match canaries {
        Canaries::None => Ok(Vec::new()),
        Canaries::First(count) => Ok((0..tenants.len().min(*count)).collect()),
        Canaries::Named(slugs) => {
            let position = |slug: &String| {
                let found = tenants.iter().position(|tenant| tenant.slug() == slug);
                found.ok_or_else(|| {
                    FleetError::new(Code::M0705, format!("the canary {slug} is not among the tenants"))
                })
            };
            let mut found = Vec::new();
            for slug in slugs {
                let position = position(slug)?;
                if !found.contains(&position) {
                    found.push(position);
                }
            }
            Ok(found)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenants(count: usize) -> Vec<Tenant> {
        (0..count).map(|n| Tenant::new(format!("t{n}"), "postgres://h/d")).collect()
    }

    #[track_caller]
    fn check(count: usize, canaries: &Canaries, shares: &str, sizes: &[usize]) {
        let shares: Vec<Share> = shares
            .split(',')
            .filter(|share| !share.is_empty())
            .map(|share| share.parse().expect("a share"))
            .collect();
        let waves = waves(&tenants(count), canaries, &shares).expect("waves");
        assert_eq!(waves.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
        let mut all: Vec<usize> = waves.into_iter().flatten().collect();
        all.sort_unstable();
        assert_eq!(all, (0..count).collect::<Vec<_>>());
    }

    #[test]
    fn everybody_has_one_turn() {
        check(10, &Canaries::None, "", &[10]);
        check(0, &Canaries::First(3), "1%,10%", &[]);
        check(1000, &Canaries::First(3), "1%,10%,100%", &[3, 7, 90, 900]);
        check(1000, &Canaries::None, "1%,10%", &[10, 90, 900]);
        check(2, &Canaries::First(3), "1%,10%", &[2]);
        check(5, &Canaries::None, "1%,1%,2", &[1, 1, 3]);
        check(5, &Canaries::Named(vec!["t4".into(), "t2".into(), "t4".into()]), "60%", &[2, 1, 2]);
    }

    #[test]
    fn what_cannot_be_meant() {
        let named = Canaries::Named(vec!["nobody".into()]);
        let error = waves(&tenants(2), &named, &[]).expect_err("nobody");
        assert_eq!(error.to_string(), "the canary nobody is not among the tenants [M0705]");
        let shares = [Share::Percent(50.0), Share::Count(1)];
        let error = waves(&tenants(10), &Canaries::None, &shares).expect_err("they shrink");
        assert!(error.to_string().starts_with("the waves 50%,1 do not grow"), "{error}");
        for text in ["", "x", "-1", "101%", "-1%", "%"] {
            text.parse::<Share>().expect_err(text);
        }
    }
}
