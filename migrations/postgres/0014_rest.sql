-- After how many milliseconds of rest a person's sessions are archived; null: after the installation's time.

alter table preferences add column archive_after bigint;
