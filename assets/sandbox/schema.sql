-- The sandbox's whole world. Two modes, test and live, that share nothing but this file.

CREATE TABLE about (
    seed INTEGER NOT NULL
) STRICT;

CREATE TABLE organization (
    key           INTEGER PRIMARY KEY,
    mode          TEXT NOT NULL,
    id            TEXT NOT NULL,
    name          TEXT NOT NULL,
    kyc           TEXT NOT NULL,
    opening_cents INTEGER NOT NULL,
    balance_cents INTEGER NOT NULL CHECK (balance_cents >= 0),
    UNIQUE (mode, id)
) STRICT;

CREATE TABLE endpoint (
    key          INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL REFERENCES organization (key),
    id           TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    type         TEXT NOT NULL,
    status       TEXT NOT NULL,
    url          TEXT NOT NULL
) STRICT;

-- A telephone number as the service sells it: one inventory slot. It is for sale while it has no
-- holder; the holder is the one record in `number` that the line is working for. A released record
-- is no holder, though it still names its line.
CREATE TABLE line (
    key           INTEGER PRIMARY KEY,
    mode          TEXT NOT NULL,
    id            TEXT NOT NULL,
    e164          TEXT NOT NULL,
    country       TEXT NOT NULL,
    type          TEXT NOT NULL,
    setup_cents   INTEGER NOT NULL CHECK (setup_cents >= 0),
    monthly_cents INTEGER NOT NULL CHECK (monthly_cents >= 0),
    priced        INTEGER NOT NULL, -- whether the API tells the price
    voice         INTEGER NOT NULL,
    sms           INTEGER NOT NULL,
    fax           INTEGER NOT NULL,
    holder        INTEGER           -- number.key
) STRICT;

-- AUTOINCREMENT: ids are made from keys, and the id of a deleted record must not come back.
CREATE TABLE number (
    key            INTEGER PRIMARY KEY AUTOINCREMENT,
    organization   INTEGER NOT NULL REFERENCES organization (key),
    id             TEXT NOT NULL,
    line           INTEGER NOT NULL REFERENCES line (key),
    status         TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'pending')),
    endpoint       TEXT REFERENCES endpoint (id),
    switches       INTEGER NOT NULL, -- a bit each: 1 inbound, 2 outbound
    sip_password   TEXT,
    created_at     TEXT NOT NULL,
    updated_at     TEXT NOT NULL
) STRICT;

-- What was taken from a balance, so that opening balance, charges and balance can be added up.
CREATE TABLE charge (
    key           INTEGER PRIMARY KEY,
    organization  INTEGER NOT NULL REFERENCES organization (key),
    number        TEXT NOT NULL, -- number.id, kept when the record is deleted
    e164          TEXT NOT NULL,
    setup_cents   INTEGER NOT NULL,
    monthly_cents INTEGER NOT NULL,
    at            TEXT NOT NULL
) STRICT;
