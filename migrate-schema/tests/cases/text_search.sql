-- A configuration with its dictionary.
-- becomes
CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = pg_catalog.simple, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION ours (PARSER = pg_catalog."default");
ALTER TEXT SEARCH CONFIGURATION ours ADD MAPPING FOR asciiword, word WITH plain, english_stem;
