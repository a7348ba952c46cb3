import type { Sides } from '../fixture.ts'
import { django, web } from './lines.ts'

export const lifetimeFixtures: Readonly<Record<string, Sides>> = {
  'compose-runserver': {
    fails: {
      compose: web,
      files: { Dockerfile: 'FROM python:3.11-slim\nCMD python manage.py runserver 0.0.0.0:8000\n' },
    },
    at: 'web, Dockerfile:2',
    passes: [
      { compose: web, files: django },
      {
        compose: `${web}    command: gunicorn shop.wsgi\n`,
        files: { Dockerfile: 'FROM python:3.11-slim\nCMD python manage.py runserver\n' },
      },
    ],
  },
  'compose-web-fixed': {
    fails: { compose: `${web}    network_mode: host\n` },
    at: 'web, compose.yaml:5',
    passes: [
      // Releases get neither a container name nor published ports.
      { compose: `${web}    container_name: shop\n` },
      { compose: `${web}  worker:\n    build: .\n    network_mode: host\n` },
    ],
  },
  'compose-stop-grace-short': {
    fails: { compose: `${web}  worker:\n    build: .\n    command: celery -A shop worker\n` },
    at: 'worker, compose.yaml:5',
    passes: [
      {
        compose: `${web}  worker:\n    build: .\n    command: celery -A shop worker --time-limit 100\n    stop_grace_period: 1m50s\n`,
      },
      // Requests are waited for before: 30 s of drain_timeout and 10 s of Docker are more than Gunicorn's 30 s.
      { compose: web, files: django },
    ],
  },
  'compose-command-in-shell': {
    fails: { compose: web, files: { Dockerfile: 'FROM python:3.11-slim\nCMD gunicorn shop.wsgi\n' } },
    at: 'web, Dockerfile:2',
    passes: [
      { compose: web, files: django },
      { compose: web, files: { Dockerfile: 'FROM python:3.11-slim\nCMD exec gunicorn shop.wsgi\n' } },
      // Their shells give way to the last command.
      { compose: web, files: { Dockerfile: 'FROM python:3.11-alpine\nCMD gunicorn shop.wsgi\n' } },
      {
        compose: `${web}    command: bash -c "python manage.py migrate && gunicorn shop.wsgi"\n`,
        files: django,
      },
      // Compose splits a line into words, and needs no shell.
      { compose: `${web}    command: gunicorn shop.wsgi\n`, files: django },
    ],
  },
  'compose-restart-off': {
    fails: { compose: `${web}    restart: "no"\n` },
    at: 'web, compose.yaml:5',
    passes: [{ compose: web }, { compose: `${web}    restart: always\n` }],
  },
}
