/** Tables are only ever added to; a column that changes its meaning gets a new name. */
export const schema = `
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
`
