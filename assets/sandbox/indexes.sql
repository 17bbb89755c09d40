-- Made after the rows: sorting once is cheaper than inserting 100,000 random ids one by one.
CREATE UNIQUE INDEX line_by_id ON line (id);
CREATE UNIQUE INDEX line_by_e164 ON line (mode, e164);
CREATE UNIQUE INDEX number_by_id ON number (id);
