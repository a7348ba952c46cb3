/**
 * Every way in which Muelle refuses or fails, with the exit code that scripts can test.
 * The reference page docs/reference/errors.md is generated from this table, and a test keeps them equal.
 *
 * Exit codes are grouped: 2 usage, 10-19 what you wrote, 20-29 this machine,
 * 30-39 the new release, 40-49 the state of the app, 50-59 backups, 60-69 updates, notifications and other
 * machines, 70 a bug in Muelle, 80-92 the agent, 130 interrupted.
 */
export const catalogue = {
  USAGE: { exit: 2, meaning: 'The command line was not understood.' },

  PROJECT_UNKNOWN: {
    exit: 4,
    meaning:
      'The folder for `init` is missing, cannot be read or written, or holds no project of a kind that Muelle knows.',
  },

  COMPOSE_FILE_MISSING: { exit: 10, meaning: 'There is no Compose file where Muelle looked for one.' },
  COMPOSE_INVALID: { exit: 11, meaning: 'Docker Compose does not accept the file.' },
  CONFIG_UNKNOWN_KEY: { exit: 12, meaning: 'An `x-muelle` block has a key that Muelle does not know.' },
  CONFIG_INVALID: {
    exit: 13,
    meaning:
      'A value in an `x-muelle` block has the wrong type or form, or one in the Compose file is none that Muelle can deploy.',
  },
  CERTIFICATE_INVALID: {
    exit: 15,
    meaning: 'A certificate file of the project is missing, expired, or not for the host names.',
  },
  CHECK_FAILED: {
    exit: 17,
    meaning:
      'The check found something critical in the project, and nobody allowed it; nothing was deployed.',
  },
  SECRET_MISPLACED: {
    exit: 18,
    meaning: 'The Compose file uses a secret where it would be written down, such as in a build argument.',
  },
  SECRET_MISSING: { exit: 19, meaning: 'The Compose file, or a release, uses a secret that is not set.' },
  NO_WEB_SERVICE: { exit: 14, meaning: 'No service can be recognised as the one that answers HTTP.' },
  ENVIRONMENT_SHARED: {
    exit: 16,
    meaning: 'Two environments of an app would share a volume, network, folder, port or domain.',
  },

  DOCKER_UNAVAILABLE: { exit: 20, meaning: 'Docker does not answer, or a plugin is missing.' },
  IMAGE_UNAVAILABLE: { exit: 21, meaning: 'An image is neither present nor to be had.' },
  BUILD_FAILED: { exit: 22, meaning: 'The image of a service could not be built.' },
  DISK_FULL: { exit: 23, meaning: 'The disk has less room than the step needs.' },
  PORT_TAKEN: { exit: 24, meaning: 'Another program listens on a port that the gateway needs.' },
  DOCKER_COMMAND_FAILED: {
    exit: 25,
    meaning: 'A Docker command failed for a reason that has no code of its own.',
  },

  CERTIFICATE_FAILED: { exit: 27, meaning: 'The authority gave no certificate for the host names.' },
  MEMORY_SHORT: {
    exit: 28,
    meaning: 'The machine has less memory than a second set of replicas needs beside the first.',
  },

  TEST_FAILED: { exit: 26, meaning: 'A `test:` command ended with an error; nothing was deployed.' },

  BACKING_FAILED: {
    exit: 30,
    meaning: 'A database, cache or broker did not start or did not become healthy.',
  },
  BACKING_CHANGED: {
    exit: 31,
    meaning: 'The definition of a running backing service changed, and nobody agreed to replace it.',
  },
  RELEASE_COMMAND_FAILED: { exit: 32, meaning: 'A `release:` command ended with an error.' },
  START_FAILED: {
    exit: 33,
    meaning: 'A container of the new release could not be started, or stopped at once.',
  },
  NOT_READY: { exit: 34, meaning: 'The new release did not answer in time.' },
  UNHEALTHY: { exit: 35, meaning: 'The new release answers, but with an error.' },
  GATEWAY_CONFIG_INVALID: { exit: 36, meaning: 'nginx does not accept the configuration of this app.' },
  GATEWAY_FAILED: { exit: 37, meaning: 'The gateway did not start, or did not show the new release.' },
  RELEASE_FAULTY: {
    exit: 39,
    meaning: 'The new release served visitors or probes worse than the one before, and was taken back.',
  },
  STEP_TIMEOUT: { exit: 38, meaning: 'A step of the deployment took longer than it may.' },

  LOCKED: {
    exit: 40,
    meaning:
      'Another command is changing or backing up this app, or one that died was not brought to an end yet.',
  },
  APP_UNKNOWN: { exit: 41, meaning: 'Muelle has not deployed an app of this name here.' },
  RELEASE_UNKNOWN: { exit: 42, meaning: 'There is no such release, or it is no longer kept.' },
  CONFIRMATION_REQUIRED: {
    exit: 43,
    meaning: 'The command would delete data, interrupt the app or write files, and was not confirmed.',
  },
  DOMAIN_TAKEN: { exit: 44, meaning: 'Another app on this machine already answers to this domain or port.' },
  UPDATES_PAUSED: {
    exit: 45,
    meaning:
      'Updates of the app are paused, after a rollback or by a person; `up --unattended` deployed nothing.',
  },
  STATE_UNUSABLE: {
    exit: 47,
    meaning: "Muelle's own files cannot be used: read-only, not this user's, or locked by another program.",
  },

  SECRETS_UNREADABLE: {
    exit: 46,
    meaning: 'The key that opens the secrets of the app is missing, or another.',
  },

  BACKUP_UNSUPPORTED: {
    exit: 50,
    meaning:
      'The app has a database of a kind that Muelle cannot back up yet, so a restore point would not be whole.',
  },
  BACKUP_FAILED: { exit: 51, meaning: 'A database could not be dumped whole, so there is no backup.' },
  BACKUP_UNPROVEN: {
    exit: 52,
    meaning: 'A backup could not be restored, or what came back is not what was there.',
  },
  BACKUP_UNKNOWN: { exit: 53, meaning: 'There is no such restore point, or none that is proven.' },
  REPOSITORY_UNUSABLE: { exit: 54, meaning: 'The repository of the backups cannot be read or written.' },
  BACKUP_KEY_WRONG: { exit: 55, meaning: 'The key does not open the repository of the backups.' },
  RESTORE_FAILED: {
    exit: 56,
    meaning: 'A restore point could not be put in place; what was there before serves.',
  },

  REHEARSAL_FAILED: {
    exit: 57,
    meaning: 'A `release:` command fails on a copy of the data; nothing was touched.',
  },
  REHEARSAL_LOCKS: {
    exit: 58,
    meaning:
      'On a copy of the data the `release:` commands keep a table locked for longer than `x-muelle.backups.max_lock`; nothing was touched.',
  },
  DATABASE_UNUSABLE: {
    exit: 59,
    meaning:
      'A database outside Docker cannot be backed up, or a restore point put in its place: it cannot be reached, is of another version, or the user lacks a right.',
  },

  SOURCE_MISSING: { exit: 60, meaning: 'The app names no Git repository to update from.' },
  SOURCE_UNREACHABLE: {
    exit: 61,
    meaning: 'The Git repository could not be fetched: the network, its address, or the key or token for it.',
  },
  BRANCH_MISSING: { exit: 62, meaning: 'The repository has no such branch, or no longer.' },
  COMMIT_UNKNOWN: { exit: 63, meaning: 'The branch has no such commit.' },
  SOURCE_UNUSABLE: {
    exit: 64,
    meaning:
      'What is in Git cannot be deployed as it is without losing data or taking another app for this one.',
  },

  NOTIFICATION_FAILED: { exit: 65, meaning: 'A test notification could not be delivered.' },

  REMOTE_UNREACHABLE: {
    exit: 66,
    meaning: 'The other machine could not be reached by SSH, the connection broke, or there is no Muelle.',
  },
  REPOSITORY_DENIED: {
    exit: 67,
    meaning:
      'The server of the backups does not let this machine in, or is not known to be the one that it should be.',
  },

  AGENT_UNREACHABLE: { exit: 80, meaning: 'No agent answers on this machine.' },
  AGENT_RUNNING: { exit: 81, meaning: 'An agent of this installation runs already.' },
  REQUEST_UNKNOWN: { exit: 82, meaning: 'The API of the agent has nothing at this address.' },
  REQUEST_INVALID: { exit: 83, meaning: 'A request to the API of the agent has the wrong form.' },
  REQUEST_TOO_LARGE: { exit: 84, meaning: 'A request to the API of the agent is larger than it may be.' },
  UNAUTHENTICATED: {
    exit: 85,
    meaning:
      'A request to the API of the agent came without a token, or a delivery without a signature, that is valid.',
  },
  FORBIDDEN: {
    exit: 86,
    meaning:
      'The token of a request to the API of the agent does not allow it, or a page of another site made it.',
  },
  RATE_LIMITED: { exit: 87, meaning: 'Too many requests came to the API of the agent in a short time.' },
  TOKEN_TAKEN: { exit: 88, meaning: 'There is a token of this name already.' },
  TOKEN_UNKNOWN: { exit: 89, meaning: 'There is no token of this name.' },

  SERVICE_MANAGER_MISSING: {
    exit: 90,
    meaning: 'The agent cannot be installed: there is no systemd, or this user may not change it.',
  },

  JOB_FAILED: { exit: 91, meaning: 'A service that has a schedule ended with an error.' },
  DETACHED: {
    exit: 92,
    meaning: 'This terminal no longer follows what the agent does for it; that goes on.',
  },

  INTERNAL: { exit: 70, meaning: 'A bug in Muelle.' },
  INTERRUPTED: { exit: 130, meaning: 'Stopped by Ctrl-C or SIGTERM; what had been started was taken back.' },
} as const satisfies Record<string, { exit: number; meaning: string }>

export type ErrorCode = keyof typeof catalogue
