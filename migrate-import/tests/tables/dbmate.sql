-- As dbmate 2.36.0 left it behind two migrations. Older ones bound the text to 255 or 128 characters.
CREATE TABLE schema_migrations (
    version varchar PRIMARY KEY
);
INSERT INTO schema_migrations VALUES ('20230101000000'), ('20230102000000');
