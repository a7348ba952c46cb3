import type { Requirements } from './support/requirements/judge.ts'

/**
 * What the five documents behind examples/ ask for, in a line each. The tests that show it carry the id at the end of
 * their names: `nginx serves the static files [T1, O8]`. They show all of it together; one with a part that no test shows
 * is `open`, and says what is missing. docs/reference/requirements.md is made of both.
 */
export const requirements: Requirements = {
  ...numbered('T', [
    'nginx is the only way in: TLS, static files from a shared volume, the rest to webapp on port 8000.',
    'webapp is Django in Gunicorn with several workers, and serves only once the database is ready.',
    'Redis is the cache.',
    'TimescaleDB, with tuned memory and data that outlive its container.',
    'The rules of .env are enforced: DEBUG, SECRET_KEY, ALLOWED_HOSTS and the password of the database.',
    'Build, start, then migrations and static files into the volume that is served.',
    'Logs that are followed, periodic backups of the database, updates by pull, build and restart.',
  ]),
  ...numbered('O', [
    'Images for development, for the front end, and for production in several stages.',
    'PostgreSQL 15 in UTF-8, with a volume and a health check.',
    'Redis 7 for cache and sessions, with an append-only file, within 256 MB.',
    'The API runs twice, with health checks and volumes for static and media files.',
    'A Celery worker with a concurrency of 2.',
    'One Celery beat, whose schedule is on a volume.',
    {
      text: 'Flower on port 5555.',
      open: 'its image comes from a registry only, and the tests do without one.',
    },
    'nginx: TLS, gzip, a rate limit for each address, security headers, static files that browsers keep.',
    'A first certificate, and renewal every 12 hours.',
    'Logs that turn over, in JSON.',
    'Limits and reservations of memory by service.',
    'A health check for every service.',
    'Two networks: the API is on both, nginx has no way to the database.',
    'Operations: logs of one service, three replicas, a restart without downtime, a dump by hand.',
    'Deployments without downtime.',
  ]),
  ...numbered('B', [
    'The production file deploys as it is written, and its fault is told.',
    'The behaviour of its nginx: gzip, rate limit, headers, files, time-outs, what is logged.',
    'init.sql runs on the first start: database in utf8mb4, user, grants.',
    'Its .env in full.',
    'The process: checks, build, start, health, migrations, a superuser, static files.',
    {
      text: 'Start scripts for Linux, macOS and Windows: prerequisites, build, start, status and addresses.',
      open: '`muelle eject` writes them; those for Windows have been parsed, and never run.',
    },
    'The usual failures name their cause and the next step: build, health check, port, mount.',
    'Verification: state, logs, use of resources, published ports, four addresses.',
    'An image in two stages, several Gunicorn workers, the worker settings of nginx.',
    'Operations: clean-up, logs of one service, a shell, a dump and its restore.',
    'A .dockerignore that keeps secrets, Git and caches out of the image.',
  ]),
  ...numbered('W', [
    'nginx in front: TLS, static files, requests spread over replicas.',
    'Gunicorn with 4 workers of 2 threads, not root, volumes for static and media files, an API with JWT.',
    'PostgreSQL outside Docker: on the same machine, another one, or as a managed service.',
    'certbot in production: renewal every 12 hours, through a folder that is served.',
    'Mounts are read-only where that is possible.',
    'Health: /api/schema/ of the backend, /health/ of nginx.',
    'Security headers, CORS, secrets by the environment; better: orchestrator secrets, rate limits, fail2ban, a firewall, central logs.',
    'Workers by the number of processors; three replicas; more workers and threads.',
    'One command each to deploy, back up and update; use of resources; clean-up.',
  ]),
  ...numbered('C', [
    'Django on Python 3.11, not root, in Gunicorn; PostgreSQL 15; Redis 7 for cache and sessions; TLS with a redirect; static and media files.',
    'Scheduled backups of the database.',
    'An update by hand: backup, pull, build, restart, migrations, static files.',
    'Updates by a signed webhook; others are answered 401.',
    'Updates by GitHub Actions over SSH.',
    'An update whose health checks fail is taken back by itself.',
    'The version before can be returned to by hand.',
    'The database is restored after a critical error.',
    'Health endpoints, central logs, metrics, alerts by mail and Slack.',
    {
      text: 'Tests of the containers: build, integration, load, vulnerabilities of images.',
      open: 'images are not scanned.',
    },
    'Staging like production, blue-green, canary, and rollbacks that are tested.',
    'Tests before a deployment, start, health checks, integration tests; what fails stops it.',
  ]),
}

function numbered(letter: string, list: readonly (string | { text: string; open: string })[]): Requirements {
  return Object.fromEntries(
    list.map((one, index) => [`${letter}${index + 1}`, typeof one === 'string' ? { text: one } : one]),
  )
}
