-- The audit: from which address something was done. Looked through by person, and cleared by age.

alter table audit add column address text;

create index audit_of_person on audit (who, seq);
create index audit_by_age on audit (at);
