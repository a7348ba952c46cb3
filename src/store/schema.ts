/**
 * The schema, as the steps that lead to it; `PRAGMA user_version` counts those that a file has had. A step that was
 * released is never changed, and a column that changes its meaning gets a new name.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE IF NOT EXISTS app (
    name TEXT PRIMARY KEY,
    directory TEXT NOT NULL
  ) STRICT;

  CREATE TABLE IF NOT EXISTS release (
    app TEXT NOT NULL,
    number INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    commit_id TEXT,
    state TEXT NOT NULL,
    images TEXT NOT NULL,
    PRIMARY KEY (app, number)
  ) STRICT;

  CREATE TABLE IF NOT EXISTS deployment (
    id INTEGER PRIMARY KEY,
    app TEXT NOT NULL,
    kind TEXT NOT NULL,
    from_release INTEGER,
    to_release INTEGER,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    outcome TEXT NOT NULL,
    error TEXT
  ) STRICT;

  CREATE TABLE IF NOT EXISTS journal (
    id INTEGER PRIMARY KEY,
    app TEXT NOT NULL,
    deployment INTEGER NOT NULL,
    step TEXT NOT NULL,
    phase TEXT NOT NULL,
    at TEXT NOT NULL
  ) STRICT;

  CREATE TABLE IF NOT EXISTS lease (
    app TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;
  `,
  // What recovery needs: the whole plan, who ran it, and where in it each line of the journal belongs.
  `
  ALTER TABLE deployment ADD COLUMN plan TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE deployment ADD COLUMN runner TEXT NOT NULL DEFAULT '';
  ALTER TABLE journal ADD COLUMN position INTEGER NOT NULL DEFAULT -1;
  `,
  // What a person decided about a canary that waits; read once.
  `
  CREATE TABLE decision (
    app TEXT PRIMARY KEY,
    decision TEXT NOT NULL
  ) STRICT;
  `,
  // What people set beside the Compose file, until they set it otherwise.
  `
  CREATE TABLE scale (
    app TEXT NOT NULL,
    service TEXT NOT NULL,
    replicas INTEGER NOT NULL,
    PRIMARY KEY (app, service)
  ) STRICT;
  ALTER TABLE app ADD COLUMN maintenance INTEGER NOT NULL DEFAULT 0;
  `,
  // Why deployments that nobody watches are kept out.
  `
  CREATE TABLE updates_pause (
    app TEXT PRIMARY KEY,
    since TEXT NOT NULL,
    reason TEXT NOT NULL,
    by_hand INTEGER NOT NULL
  ) STRICT;
  `,
  // Several environments of one folder are apps of their own.
  `
  ALTER TABLE app ADD COLUMN environment TEXT NOT NULL DEFAULT 'production';
  `,
  // What the check found and a person let pass, by rule.
  `
  ALTER TABLE deployment ADD COLUMN allowed TEXT NOT NULL DEFAULT '[]';
  `,
  // A lease counts from the start of the machine: the time of day may be set while it is held.
  `
  DROP TABLE lease;
  CREATE TABLE lease (
    app TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    expires_at_uptime_ms INTEGER NOT NULL
  ) STRICT;
  `,
  // Restore points, and the databases that a restore has put aside.
  `
  CREATE TABLE backup (
    app TEXT NOT NULL,
    point TEXT NOT NULL,
    state TEXT NOT NULL,
    began_at TEXT NOT NULL,
    duration_ms INTEGER,
    size_bytes INTEGER,
    restore_ms INTEGER,
    proven_at TEXT,
    reason TEXT,
    manifest TEXT,
    PRIMARY KEY (app, point)
  ) STRICT;
  CREATE TABLE kept_database (
    app TEXT NOT NULL,
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    original TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (app, service, name)
  ) STRICT;
  `,
  // Where in its repository an app is.
  `
  CREATE TABLE source (
    app TEXT PRIMARY KEY,
    prefix TEXT NOT NULL,
    files TEXT NOT NULL
  ) STRICT;
  `,
  // Notices that wait to be sent. Times are milliseconds since the epoch.
  `
  CREATE TABLE notification (
    id TEXT PRIMARY KEY,
    app TEXT NOT NULL,
    channel TEXT NOT NULL,
    target TEXT NOT NULL,
    key TEXT NOT NULL,
    notice TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER,
    delivered_at INTEGER,
    error TEXT
  ) STRICT;
  CREATE INDEX notification_due ON notification (next_at);
  `,
  // What the agent is to do and has done, who asked for it, and what deployments tell whoever watches.
  `
  ALTER TABLE deployment ADD COLUMN job INTEGER;
  CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app TEXT NOT NULL,
    kind TEXT NOT NULL,
    request TEXT NOT NULL,
    cause TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    runner TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    error TEXT
  ) STRICT;
  CREATE INDEX job_by_state ON job (state, app);
  CREATE TABLE delivery (
    app TEXT NOT NULL,
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    received_at TEXT NOT NULL,
    outcome TEXT NOT NULL,
    job INTEGER,
    PRIMARY KEY (app, id)
  ) STRICT;
  CREATE INDEX delivery_by_digest ON delivery (app, digest);
  CREATE INDEX delivery_by_time ON delivery (received_at);
  CREATE TABLE branch_head (
    app TEXT PRIMARY KEY,
    commit_id TEXT NOT NULL
  ) STRICT;
  CREATE TABLE schedule (
    app TEXT NOT NULL,
    name TEXT NOT NULL,
    handled_until TEXT NOT NULL,
    job INTEGER,
    PRIMARY KEY (app, name)
  ) STRICT;
  CREATE TABLE token (
    name TEXT PRIMARY KEY,
    scope TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    last_used_at TEXT
  ) STRICT;
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL
  ) STRICT;
  CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app TEXT NOT NULL,
    deployment INTEGER NOT NULL,
    at TEXT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX event_by_deployment ON event (app, deployment);
  `,
  // What a deployment did for the data before its release commands, and what it owes when it fails.
  `
  ALTER TABLE release ADD COLUMN restore_point TEXT;
  ALTER TABLE release ADD COLUMN touched_data INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE rehearsal (
    app TEXT NOT NULL,
    release INTEGER NOT NULL,
    report TEXT NOT NULL,
    PRIMARY KEY (app, release)
  ) STRICT;
  CREATE TABLE restore_promise (
    app TEXT PRIMARY KEY,
    point TEXT NOT NULL,
    release INTEGER NOT NULL
  ) STRICT;
  `,
  // Until when the history of a database is in its repository.
  `
  CREATE TABLE history (
    app TEXT NOT NULL,
    service TEXT NOT NULL,
    shipped_at TEXT NOT NULL,
    PRIMARY KEY (app, service)
  ) STRICT;
  `,
  // Who wants a job to end, and tokens that are good once and for a while.
  `
  ALTER TABLE job ADD COLUMN stop_asked_by TEXT;
  ALTER TABLE token ADD COLUMN expires_at TEXT;
  ALTER TABLE token ADD COLUMN once INTEGER NOT NULL DEFAULT 0;
  `,
  // When a job that failed for a passing reason is tried again.
  `
  ALTER TABLE job ADD COLUMN not_before TEXT;
  `,
]
