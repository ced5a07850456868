-- A ledger as the version before cases wrote it; what it holds is made up.
BEGIN TRANSACTION;
CREATE TABLE alert_version (
        alert TEXT NOT NULL, version INTEGER NOT NULL CHECK (version >= 1),
        content TEXT NOT NULL, content_hash TEXT NOT NULL,
        as_of TEXT NOT NULL, recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (alert, version));
INSERT INTO "alert_version" VALUES('a1',1,'{"as_of":"2024-06-30","certainty":0.9,"probability":0.35,"reference":0.35,"rule":"r1","word":"watched"}','a08d7cdbf9bc085dfb4ad19eda21667669935b86662a8dbd4328b8afe9996023','2024-06-30','2024-07-01T09:00:17.000000Z','d8d9bba3db42607b2827bd8611709ecbcb1e289a58d26ea157611f247f7e6ea9');
CREATE TABLE applied_file (
        name TEXT NOT NULL, file_hash TEXT NOT NULL,
        recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (name, file_hash, recorded_at));
INSERT INTO "applied_file" VALUES('new.csv','h1','2024-07-01T09:00:18.000000Z','a289ed017f6115bc010654192b5f89731ab514ff0cda00b5feab04d6bbf403ad');
CREATE TABLE coverage_version (
        origin TEXT NOT NULL, version INTEGER NOT NULL CHECK (version >= 1),
        content TEXT NOT NULL, content_hash TEXT NOT NULL,
        recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (origin, version));
INSERT INTO "coverage_version" VALUES('events',1,'[{"detection":0.3,"ends_on":"2024-06-30","indicator":"*","rationale":"read every week","source":"desk","starts_on":"2024-01-01"}]','17307ed10b238d04053de1c44606f6714269667a2ed16c4950f328dc3188d14c','2024-07-01T09:00:10.000000Z','282411ba333b7e22cd8ce1a2707a01b53e120473632b4f1ed9f9a8b770fcb1db');
INSERT INTO "coverage_version" VALUES('update coverage',1,'[{"detection":0.3,"ends_on":"2024-06-30","indicator":"a","rationale":"read every week","source":"desk","starts_on":"2024-01-01"}]','3c5230f324db9157f386afdf614d8f0534b3e1f1473fa7b8d82e90bef6ffbf71','2024-07-01T09:00:18.000000Z','952fffb898b8bb250a29c9999443344c7044b081913b0261f000825307638b89');
CREATE TABLE history_point (
        id TEXT NOT NULL, as_of TEXT NOT NULL,
        model_fingerprint TEXT NOT NULL REFERENCES model (fingerprint),
        evidence_fingerprint TEXT NOT NULL, settings TEXT NOT NULL, base TEXT NOT NULL,
        posterior_id TEXT REFERENCES posterior (id),
        payload TEXT NOT NULL, recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (id));
INSERT INTO "history_point" VALUES('436f4f78749f1c9c','2024-06-30','m1','e1','{}','prior','44fcfc0c1ebcb2e7','{"judgements":{}}','2024-07-01T09:00:19.000000Z','0433d7fa53c4d5da1f9cea4e3864a9f44f765e47dc49c3e9ba6b38b2b40e067f');
CREATE TABLE issued_forecast (
        id TEXT NOT NULL, issued_at TEXT NOT NULL, as_of TEXT NOT NULL, recorded_by TEXT,
        model_fingerprint TEXT NOT NULL REFERENCES model (fingerprint),
        evidence_fingerprint TEXT NOT NULL,
        posterior_id TEXT REFERENCES posterior (id),
        settings TEXT NOT NULL, payload TEXT NOT NULL,
        content_hash TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (id), UNIQUE (content_hash));
INSERT INTO "issued_forecast" VALUES('55f913f1f9ca32de','2024-07-01T09:00:13.000000Z','2024-07-01','2024-07-01T09:00:12.000000Z','m1','e1','44fcfc0c1ebcb2e7','{}','{"p":0.25}','55f913f1f9ca32de0dcfc39ef5fc69f7b650b1c97b8ba08660332adf63ae384a','c0b85b7d00355051984041c75327df7ee6a2d9c8756e1074a525aa2a3282f514');
CREATE TABLE migration (
        number INTEGER NOT NULL, name TEXT NOT NULL, applied_at TEXT NOT NULL,
        PRIMARY KEY (number));
INSERT INTO "migration" VALUES(1,'create the tables','2024-07-01T09:00:00.000000Z');
INSERT INTO "migration" VALUES(2,'forbid changes to what is recorded','2024-07-01T09:00:01.000000Z');
INSERT INTO "migration" VALUES(3,'record how questions were resolved','2024-07-01T09:00:02.000000Z');
INSERT INTO "migration" VALUES(4,'record what would have been published','2024-07-01T09:00:03.000000Z');
INSERT INTO "migration" VALUES(5,'record sources and how their reports turned out','2024-07-01T09:00:04.000000Z');
INSERT INTO "migration" VALUES(6,'record which alerts were raised and cleared','2024-07-01T09:00:05.000000Z');
INSERT INTO "migration" VALUES(7,'record which files were applied','2024-07-01T09:00:06.000000Z');
CREATE TABLE model (
        fingerprint TEXT NOT NULL, content TEXT NOT NULL, content_hash TEXT NOT NULL,
        recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (fingerprint));
INSERT INTO "model" VALUES('m1','{"nodes": {}}','19bd294f969088855c32e28ecbeebe2c2dcf74cf3ec98309c88ea98da17037ee','2024-07-01T09:00:11.000000Z','0fb8ce63de254daf7c6d80f8415ae9067d879cca0aa1b2d34354ffc91f7403ce');
CREATE TABLE posterior (
        id TEXT NOT NULL,
        model_fingerprint TEXT NOT NULL REFERENCES model (fingerprint),
        evidence_fingerprint TEXT NOT NULL, as_of TEXT,
        settings TEXT NOT NULL, versions TEXT NOT NULL, diagnostics TEXT NOT NULL,
        file_name TEXT NOT NULL, file_hash TEXT NOT NULL,
        recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (id));
INSERT INTO "posterior" VALUES('44fcfc0c1ebcb2e7','m1','e1',NULL,'{}','{}','{}','posteriors/44fcfc0c1ebcb2e7.nc','0aa2666b2c6d6b0c4fa03efe5fead4d85e6509da28946cd0aeafc3609624f3b4','2024-07-01T09:00:12.000000Z','02eabe0ad0420664b9c652d6439254ccadada38812d1984e7fedfe8e7fe12409');
CREATE TABLE report_version (
        report_id TEXT NOT NULL, version INTEGER NOT NULL CHECK (version >= 1),
        content TEXT NOT NULL, content_hash TEXT NOT NULL,
        occurred_on TEXT NOT NULL, reported_on TEXT NOT NULL,
        recorded_at TEXT NOT NULL, origin TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (report_id, version));
INSERT INTO "report_version" VALUES('R1',1,'{"actors":"","credibility":2,"event_id":"E-R1","exposure":1.0,"indicator":"treaty_signed","lineage":"wire","note":"","occurred_on":"2024-06-19","reliability":"B","report_id":"R1","reported_on":"2024-06-20","source_title":"","source_type":"","source_url":"","summary":"A treaty was signed.","use":"evidence","value":null,"verified":""}','ee435f5ae180e62444f3bb031cb49c7e0e7a725c90eaa605d2285d426a36c2a8','2024-06-19','2024-06-20','2024-07-01T09:00:07.000000Z','events','84bd1844cc103b0e865e033762403d7133a78e7f8e8995f9fa0811cc9fe88843');
INSERT INTO "report_version" VALUES('R2',1,'{"actors":"","credibility":2,"event_id":"E-R2","exposure":1.0,"indicator":"treaty_signed","lineage":"wire","note":"","occurred_on":"2024-06-19","reliability":"B","report_id":"R2","reported_on":"2024-06-20","source_title":"","source_type":"","source_url":"","summary":"A treaty was signed.","use":"evidence","value":null,"verified":""}','01ce267e0b14dddedb909f99246477b9bcfc25b8daebffeb7428538264072745','2024-06-19','2024-06-20','2024-07-01T09:00:07.000000Z','events','4313129638b97b6ec752529efe13398c43d98414bfe7ed912525b671043ea5f6');
INSERT INTO "report_version" VALUES('R1',2,'{"actors":"","credibility":2,"event_id":"E-R1","exposure":1.0,"indicator":"treaty_signed","lineage":"wire","note":"","occurred_on":"2024-06-19","reliability":"B","report_id":"R1","reported_on":"2024-06-20","source_title":"","source_type":"","source_url":"","summary":"edited","use":"evidence","value":null,"verified":""}','1eb3e514f5f9345d8e65bb70d127a6a911c8d10feffa714ee609231ce6ed322c','2024-06-19','2024-06-20','2024-07-01T09:00:08.000000Z','events','b461c1f5fb1435aaf92e94e196bd39e685d18ad717dc9675834fb1886ae3085e');
INSERT INTO "report_version" VALUES('R3',1,'{"actors":"","credibility":2,"event_id":"E-R3","exposure":1.0,"indicator":"treaty_signed","lineage":"wire","note":"","occurred_on":"2024-06-19","reliability":"B","report_id":"R3","reported_on":"2024-06-20","source_title":"","source_type":"","source_url":"","summary":"A treaty was signed.","use":"evidence","value":null,"verified":""}','ebce834204e54a65cc00f72496a0544bb0abdbadc49578a922d70d5da9cbafbd','2024-06-19','2024-06-20','2024-07-01T09:00:18.000000Z','update','93343a4f73d07085cfbc0b6a50bc4236008c5905d56dfe345db8d794c7592f44');
CREATE TABLE resolution (
        question TEXT NOT NULL, version INTEGER NOT NULL CHECK (version >= 1),
        content TEXT NOT NULL, content_hash TEXT NOT NULL,
        resolved_on TEXT NOT NULL, recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
        PRIMARY KEY (question, version));
INSERT INTO "resolution" VALUES('q1',1,'{"note":"","outcome":"no","resolved_on":"2024-06-30","source":"a wire","url":""}','286c48fb5a3873b8c17bf58fb39377ee5344b1846e31497a0f474a70ce370125','2024-06-30','2024-07-01T09:00:14.000000Z','65ec703a726a633bf54f378cd9f8f1f0dff189e58d3caf7cc5caf45bfc457caa');
INSERT INTO "resolution" VALUES('q1',2,'{"note":"","outcome":"yes","resolved_on":"2024-06-30","source":"a wire","url":""}','14affe68ba0d75eb1bd1eda5ba2d0ba9c417cbaa155e607ae14e3e2c31eb7922','2024-06-30','2024-07-01T09:00:15.000000Z','2747f5767ff8f02e9bef38ae081b02be46d6e8a465eeae5fd2bfc0fd29253409');
CREATE TABLE retraction (
        report_id TEXT NOT NULL, recorded_at TEXT NOT NULL,
        retracted INTEGER NOT NULL CHECK (retracted IN (0, 1)),
        origin TEXT, reason TEXT NOT NULL CHECK (reason <> ''), row_hash TEXT NOT NULL,
        PRIMARY KEY (report_id, recorded_at));
INSERT INTO "retraction" VALUES('R2','2024-07-01T09:00:09.000000Z',1,NULL,'denied','87578e9a565721e345735af76893d487a5c3423f4e43e9a313b2291adfd5fb0a');
CREATE TABLE source_version (
                origin TEXT NOT NULL, version INTEGER NOT NULL CHECK (version >= 1),
                content TEXT NOT NULL, content_hash TEXT NOT NULL,
                recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
                PRIMARY KEY (origin, version));
INSERT INTO "source_version" VALUES('events',1,'[{"hosts":["example.org"],"label":"A wire","lineages":[],"note":"","rationale":"usually right","reliability":"B","source":"desk","source_id":"wire"}]','8be22980c67ce6705a8adb2e5d495a22bb874ef62624a0913146036cc4809af7','2024-07-01T09:00:16.000000Z','8669d667042c3e1c2c8305675bf2e669701c4053d662feccc1448ed261c04550');
CREATE TABLE verdict_version (
                origin TEXT NOT NULL, version INTEGER NOT NULL CHECK (version >= 1),
                content TEXT NOT NULL, content_hash TEXT NOT NULL,
                recorded_at TEXT NOT NULL, row_hash TEXT NOT NULL,
                PRIMARY KEY (origin, version));
INSERT INTO "verdict_version" VALUES('events',1,'[{"by":["R2"],"known_on":"2024-06-25","reason":"it was not so","report_id":"R1","source_title":"","source_url":"","verdict":"refuted"}]','20f4c8d2e34351da84570ad8f1cff5807c2037415fec9cf39cf0ef963a72a99c','2024-07-01T09:00:16.000000Z','e8bcc395813d9ffe88a5451eb416c83100fee035013c2f12cc11b647a570fc04');
CREATE INDEX report_version_recorded_at ON report_version (recorded_at);
CREATE INDEX retraction_recorded_at ON retraction (recorded_at);
CREATE INDEX coverage_version_recorded_at ON coverage_version (recorded_at);
CREATE INDEX model_recorded_at ON model (recorded_at);
CREATE INDEX posterior_fingerprints
        ON posterior (model_fingerprint, evidence_fingerprint);
CREATE INDEX posterior_recorded_at ON posterior (recorded_at);
CREATE INDEX issued_forecast_as_of ON issued_forecast (as_of);
CREATE INDEX issued_forecast_issued_at ON issued_forecast (issued_at);
CREATE TRIGGER migration_no_update BEFORE UPDATE ON migration BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER migration_no_delete BEFORE DELETE ON migration BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER report_version_no_update BEFORE UPDATE ON report_version BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER report_version_no_delete BEFORE DELETE ON report_version BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER retraction_no_update BEFORE UPDATE ON retraction BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER retraction_no_delete BEFORE DELETE ON retraction BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER coverage_version_no_update BEFORE UPDATE ON coverage_version BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER coverage_version_no_delete BEFORE DELETE ON coverage_version BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER model_no_update BEFORE UPDATE ON model BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER model_no_delete BEFORE DELETE ON model BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER posterior_no_update BEFORE UPDATE ON posterior BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER posterior_no_delete BEFORE DELETE ON posterior BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER issued_forecast_no_update BEFORE UPDATE ON issued_forecast BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER issued_forecast_no_delete BEFORE DELETE ON issued_forecast BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE INDEX resolution_recorded_at ON resolution (recorded_at);
CREATE TRIGGER resolution_no_update BEFORE UPDATE ON resolution BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER resolution_no_delete BEFORE DELETE ON resolution BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE INDEX history_point_recorded_at ON history_point (recorded_at);
CREATE TRIGGER history_point_no_update BEFORE UPDATE ON history_point BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER history_point_no_delete BEFORE DELETE ON history_point BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE INDEX source_version_recorded_at ON source_version (recorded_at);
CREATE TRIGGER source_version_no_update BEFORE UPDATE ON source_version BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER source_version_no_delete BEFORE DELETE ON source_version BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE INDEX verdict_version_recorded_at ON verdict_version (recorded_at);
CREATE TRIGGER verdict_version_no_update BEFORE UPDATE ON verdict_version BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER verdict_version_no_delete BEFORE DELETE ON verdict_version BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE INDEX alert_version_recorded_at ON alert_version (recorded_at);
CREATE TRIGGER alert_version_no_update BEFORE UPDATE ON alert_version BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER alert_version_no_delete BEFORE DELETE ON alert_version BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE INDEX applied_file_recorded_at ON applied_file (recorded_at);
CREATE TRIGGER applied_file_no_update BEFORE UPDATE ON applied_file BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER applied_file_no_delete BEFORE DELETE ON applied_file BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
COMMIT;
