//! Whether a default is computed for each row: then adding its column rewrites the table.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode as _, Expr};

use super::name;

/// PostgreSQL's own functions that a default may call and that are not volatile: one value for all rows.
const NOT_VOLATILE: &str = "\
    abbrev abs acos acosd acosh age area array_dims array_fill array_length array_lower array_ndims \
    array_position array_positions array_remove array_replace array_reverse array_sort array_to_json \
    array_to_string array_to_tsvector array_upper ascii asin asind asinh atan atan2 atan2d atand atanh \
    bit_count bit_length box btrim cardinality casefold cbrt ceil ceiling center char_length \
    character_length chr circle coalesce col_description concat concat_ws convert convert_from convert_to \
    cos cosd cosh cot cotd crc32 crc32c current_database current_schema current_schemas current_setting \
    current_timestamp current_user database_to_xml database_to_xml_and_xmlschema database_to_xmlschema date \
    date_add date_bin date_part date_subtract date_trunc datemultirange daterange decode degrees diagonal \
    diameter digest div encode enum_first enum_last enum_range erf erfc exp extract factorial family floor \
    format format_type gamma gcd get_bit get_byte get_current_ts_config getdatabaseencoding getpgusername \
    greatest has_any_column_privilege has_column_privilege has_database_privilege \
    has_foreign_data_wrapper_privilege has_function_privilege has_language_privilege \
    has_largeobject_privilege has_parameter_privilege has_schema_privilege has_sequence_privilege \
    has_server_privilege has_table_privilege has_tablespace_privilege has_type_privilege hashtext height \
    host hostmask icu_unicode_version inet_client_addr inet_client_port inet_server_addr inet_server_port \
    initcap int4multirange int4range int8multirange int8range is_normalized isclosed isempty isfinite \
    ishorizontal isopen isparallel isperp isvertical json_array_length json_build_array json_build_object \
    json_object json_populate_record json_strip_nulls json_to_tsvector json_typeof jsonb_array_length \
    jsonb_build_array jsonb_build_object jsonb_insert jsonb_object jsonb_path_exists jsonb_path_exists_tz \
    jsonb_path_match jsonb_path_match_tz jsonb_path_query_array jsonb_path_query_array_tz \
    jsonb_path_query_first jsonb_path_query_first_tz jsonb_populate_record jsonb_populate_record_valid \
    jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_tsvector jsonb_typeof justify_days \
    justify_hours justify_interval lcm least left length lgamma line ln localtime localtimestamp log log10 \
    lower lower_inc lower_inf lpad lseg ltrim macaddr8_set7bit make_date make_interval make_time \
    make_timestamp make_timestamptz masklen md5 min_scale mod multirange netmask network normalize now \
    npoints nullif num_nonnulls num_nulls nummultirange numrange obj_description octet_length overlaps \
    overlay parse_ident phraseto_tsquery pi plainto_tsquery point polygon position pow power querytree \
    quote_ident quote_literal quote_nullable radians radius range_merge regexp_count regexp_instr \
    regexp_like regexp_match regexp_replace regexp_split_to_array regexp_substr repeat replace reverse right \
    round row_security_active row_to_json rpad rtrim scale schema_to_xml schema_to_xml_and_xmlschema \
    schema_to_xmlschema session_user set_bit set_byte set_masklen setweight sha224 sha256 sha384 sha512 \
    shobj_description sign sin sind sinh slope split_part sqrt statement_timestamp string_to_array strip \
    strpos substr substring system_user table_to_xml table_to_xml_and_xmlschema table_to_xmlschema tan tand \
    tanh timestamp timestamptz timezone to_ascii to_bin to_char to_date to_hex to_json to_jsonb to_number \
    to_oct to_regclass to_regcollation to_regnamespace to_regoper to_regoperator to_regproc to_regprocedure \
    to_regrole to_regtype to_regtypemod to_timestamp to_tsquery to_tsvector transaction_timestamp translate \
    trim_array trim_scale trunc ts_delete ts_filter ts_headline ts_lexize ts_rank ts_rank_cd tsmultirange \
    tsrange tstzmultirange tstzrange tsvector_to_array txid_current unicode_assigned unicode_version unistr \
    upper upper_inc upper_inf uuid_extract_timestamp uuid_extract_version version websearch_to_tsquery width \
    width_bucket xml_is_well_formed xml_is_well_formed_content xml_is_well_formed_document xmlcomment \
    xmlexists xmltext xmlvalidate xpath xpath_exists ";

/// PostgreSQL's own volatile functions that defaults are known to call.
const VOLATILE: [&str; 9] = [
    "clock_timestamp",
    "gen_random_bytes",
    "gen_random_uuid",
    "nextval",
    "random",
    "timeofday",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
];

/// What is known of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Volatility {
    /// It has one value for all rows.
    Stable,
    /// It calls this function, which has another value for each row.
    Volatile(String),
    /// It calls this function, which is nobody knows what; volatile unless it was declared otherwise.
    Unknown(Vec<String>),
}

/// What calls in an expression name; `extract(…)` and its like are grammar.
pub(super) fn called(expression: &SyntaxNode) -> impl Iterator<Item = SyntaxNode> {
    let calls = expression.descendants().filter_map(ast::CallExpr::cast);
    calls.filter_map(|call| match call.expr()? {
        Expr::NameRef(name) => Some(name.syntax().clone()),
        Expr::FieldExpr(it) => Some(it.syntax().clone()),
        _ => None,
    })
}

/// The name of a call, as far as it tells one function from another: the schema, if there is one, and the name.
pub(super) fn parts(call: &SyntaxNode) -> Vec<String> {
    match ast::FieldExpr::cast(call.clone()) {
        Some(it) => {
            let base = it.base().map(|base| name::last_part(base.syntax()));
            base.into_iter().chain(it.field().map(|field| field.text())).collect()
        }
        None => name::parts(call),
    }
}

pub(super) fn of(expr: &Expr) -> Volatility {
    let mut result = Volatility::Stable;
    for call in called(expr.syntax()) {
        let parts = parts(&call);
        let Some(name) = parts.last() else { continue };
        let is_own = parts.len() == 1 || parts[0] == "pg_catalog";
        if VOLATILE.contains(&&**name) {
            return Volatility::Volatile(name.clone());
        }
        if !(is_own && NOT_VOLATILE.split_whitespace().any(|other| other == name)) {
            result = Volatility::Unknown(parts);
        }
    }
    result
}
