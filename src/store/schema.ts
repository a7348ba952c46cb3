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
  // Until when the history of a database is in its repository.
  `
  CREATE TABLE history (
    app TEXT NOT NULL,
    service TEXT NOT NULL,
    shipped_at TEXT NOT NULL,
    PRIMARY KEY (app, service)
  ) STRICT;
  `,
]
