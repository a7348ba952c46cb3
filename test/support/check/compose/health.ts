import type { Sides } from '../fixture.ts'
import { db, django, web } from './lines.ts'

export const healthFixtures: Readonly<Record<string, Sides>> = {
  'compose-health-missing': {
    fails: { compose: web, files: django },
    at: 'web, compose.yaml:2',
    passes: [
      { compose: `${web}    x-muelle: {health: /health/}\n`, files: django },
      { compose: `${web}    healthcheck: {test: [CMD, pidof, gunicorn]}\n`, files: django },
      {
        compose: web,
        files: { Dockerfile: `${django.Dockerfile}HEALTHCHECK CMD curl -f http://localhost:8000/\n` },
      },
      // Muelle knows how to ask PostgreSQL, and a worker answers nobody.
      {
        compose: `${db}  worker:\n    build: .\n    command: celery -A shop worker\n`.replace(
          '8000"]\n',
          '8000"]\n    x-muelle: {health: /up}\n',
        ),
        files: django,
      },
      // An image that is not here may bring one.
      { compose: `  web:\n    image: example/blog:1\n    ports: ["80:80"]\n` },
    ],
  },
  'compose-health-awaited-missing': {
    fails: {
      compose: `${web}  proxy:
    image: nginx:1.30
    ports: ["80:80"]
    depends_on:
      web: {condition: service_healthy}
`,
      files: django,
    },
    at: 'proxy, compose.yaml:9',
    passes: [
      {
        compose: `${db}    healthcheck: {test: [CMD, pg_isready]}\n  worker:\n    build: .\n    depends_on: {db: {condition: service_healthy}}\n`,
      },
      { compose: `${db}  worker:\n    build: .\n    depends_on: [db]\n` },
    ],
  },
  'compose-depends-unordered': {
    fails: {
      compose: `${web}    depends_on: [migrate]\n  migrate:\n    build: .\n    command: python manage.py migrate\n`,
    },
    at: 'web, compose.yaml:5',
    passes: [
      {
        compose: `${web}    depends_on: {migrate: {condition: service_completed_successfully}}\n  migrate:\n    build: .\n    command: python manage.py migrate\n`,
      },
      // A release starts only when the database is healthy, whatever the condition.
      { compose: `${db}  worker:\n    build: .\n    depends_on: [db]\n` },
    ],
  },
}
