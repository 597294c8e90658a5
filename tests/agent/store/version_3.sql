-- What version 3 wrote, as sqlite3's .dump shows it, with the two pragmas that .dump leaves out.
PRAGMA application_id = 1936028261;
PRAGMA user_version = 3;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE decisions (
    sequence            INTEGER PRIMARY KEY AUTOINCREMENT,
    at                  INTEGER NOT NULL,
    since               INTEGER NOT NULL,
    subject             TEXT NOT NULL,
    decision            TEXT NOT NULL,
    cause               TEXT NOT NULL,
    scope               TEXT NOT NULL,
    confidence_permille INTEGER NOT NULL CHECK (confidence_permille BETWEEN 0 AND 1000),
    this_host_alone     INTEGER NOT NULL CHECK (this_host_alone IN (0, 1)),
    incident            INTEGER NOT NULL,
    evidence            TEXT NOT NULL
) STRICT;
INSERT INTO decisions VALUES(1,1633361948000000,1633361888000000,'facebook','declare_outage','platform_dns','operator',973,0,7,'[{"rule":"authoritative_silent","group":"authoritative","weight":4200,"basis":[11,12],"facts":[["failed","4"],["total","4"],["failure","dns_timeout"]]},{"rule":"controls_pass","group":"controls","weight":900,"basis":[],"facts":[["passed","3"]]}]');
CREATE TABLE incidents (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    kind                TEXT NOT NULL,
    state               TEXT NOT NULL,
    key                 TEXT NOT NULL,
    title               TEXT NOT NULL,
    subjects            TEXT NOT NULL,
    decision            TEXT NOT NULL,
    cause               TEXT NOT NULL,
    confidence_permille INTEGER NOT NULL CHECK (confidence_permille BETWEEN 0 AND 1000),
    this_host_alone     INTEGER NOT NULL CHECK (this_host_alone IN (0, 1)),
    evidence            TEXT NOT NULL,
    suspected           INTEGER NOT NULL,
    opened              INTEGER,
    recovering          INTEGER,
    closed              INTEGER
, quiet INTEGER NOT NULL DEFAULT 0 CHECK (quiet IN (0, 1))) STRICT;
INSERT INTO incidents VALUES(7,'outage','open','operator:meta','Meta “the ñandú”','[{"subject":"facebook","name":"Facebook","decision":"declare_outage","cause":"platform_dns","since":1633361948000000,"over":null},{"subject":"whatsapp","name":"WhatsApp","decision":"watch","cause":"suspicion","since":1633361949000000,"over":1633361987000000}]','declare_outage','platform_dns',950,0,'[{"rule":"authoritative_silent","group":"authoritative","weight":4200,"basis":[11,12],"facts":[["failed","4"],["total","4"],["failure","dns_timeout"]]},{"rule":"controls_pass","group":"controls","weight":900,"basis":[],"facts":[["passed","3"]]}]',1633361948000000,1633361977000000,NULL,NULL,1);
CREATE TABLE messages (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    message_key         TEXT NOT NULL UNIQUE,
    incident            INTEGER NOT NULL,
    kind                TEXT NOT NULL,
    person              TEXT NOT NULL,
    language            TEXT NOT NULL,
    channel             TEXT NOT NULL,
    address             TEXT NOT NULL,
    subject             TEXT NOT NULL,
    body                TEXT NOT NULL,
    created             INTEGER NOT NULL,
    state               TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts            INTEGER NOT NULL,
    next_try            INTEGER NOT NULL,
    done                INTEGER,
    last_word           TEXT NOT NULL
) STRICT;
INSERT INTO messages VALUES(1,'7/opened/mail/ana@example.org',7,'opened','Ána','es','mail','ana@example.org','Facebook no responde',replace('línea uno\nlínea dos, ''comillas'' y "más"\n','\n',char(10)),1633361978000000,'waiting',0,1633361978000000,NULL,'');
CREATE TABLE facts (
    kind                TEXT NOT NULL,
    key                 TEXT NOT NULL,
    known_values        TEXT NOT NULL,
    seen                INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
INSERT INTO facts VALUES('front_end','www.example','["192.0.2.1"]',1633361948000000);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('decisions',1);
INSERT INTO sqlite_sequence VALUES('incidents',7);
INSERT INTO sqlite_sequence VALUES('messages',1);
CREATE INDEX decisions_by_time ON decisions (at, sequence);
CREATE INDEX incidents_unfinished ON incidents (id) WHERE state <> 'closed';
CREATE INDEX incidents_closed ON incidents (closed) WHERE state = 'closed';
CREATE INDEX messages_waiting ON messages (channel, id) WHERE state = 'waiting';
CREATE INDEX messages_created ON messages (created);
CREATE INDEX messages_done ON messages (done) WHERE done IS NOT NULL;
COMMIT;
