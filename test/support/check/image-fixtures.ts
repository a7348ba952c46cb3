import type { Sides } from './fixture.ts'

const web = `  web:
    build: .
    ports: ["8000:8000"]
`
const Dockerfile = 'FROM python:3.11-slim\nCOPY . .\nUSER app\n'
/** As a generator makes them. */
const random = '7d1f4be0c2A95836kQ'

export const imageFixtures: Readonly<Record<string, Sides>> = {
  'env-file-exposed': {
    fails: { compose: web, envFiles: [{ isTracked: true, values: { SECRET_KEY: random } }] },
    at: '.env',
    passes: [
      { compose: web, envFiles: [{ values: { SECRET_KEY: random } }] },
      { compose: web, envFiles: [{ isTracked: true, values: { LANGUAGE: 'es', SECRET_KEY: 'change-me' } }] },
    ],
  },
  'image-secret-baked': {
    fails: {
      compose: web,
      files: { Dockerfile: `FROM python:3.11-slim\nENV DEBUG=0 SECRET_KEY=${random}\n` },
    },
    at: 'Dockerfile:2',
    passes: [
      {
        compose: web,
        files: { Dockerfile: `${Dockerfile}RUN SECRET_KEY=build-only python manage.py collectstatic\n` },
      },
      {
        compose: web,
        files: { Dockerfile: 'FROM python:3.11-slim\nARG SECRET_KEY=dummy\nENV PIP_INDEX_URL=x\n' },
      },
      // A stage that the image does not hold.
      { compose: web, files: { Dockerfile: `FROM node:24 AS ui\nENV API_TOKEN=${random}\n${Dockerfile}` } },
    ],
  },
  'image-ignore-missing': {
    fails: { compose: web, files: { Dockerfile } },
    at: 'web, Dockerfile',
    passes: [{ compose: web, files: { Dockerfile, '.dockerignore': '.git\n' } }],
  },
  'image-gunicorn-old': {
    // A tool that is built from the same folder has nothing of it.
    fails: {
      compose: `  aws:\n    build: {context: ., dockerfile: aws.Dockerfile}\n${web}`,
      files: {
        Dockerfile,
        'aws.Dockerfile': 'FROM example/aws-cli:2\nCOPY backup.sh /\n',
        'requirements.txt': 'Django==5.2\ngunicorn==20.1.0\n',
      },
    },
    at: 'web, requirements.txt:2',
    passes: [
      { compose: web, files: { Dockerfile, 'requirements.txt': 'gunicorn==23.0.0\n' } },
      { compose: web, files: { Dockerfile, 'requirements.txt': 'gunicorn>=20.1,<27\n' } },
      // What the image holds counts, not what was asked for.
      { compose: web, files: { 'requirements.txt': 'gunicorn==20.1.0\n' }, django: { gunicorn: '23.0.0' } },
    ],
  },
  'image-redis-vulnerable': {
    fails: { compose: `${web}  cache:\n    image: redis:7.2.4-alpine\n` },
    at: 'cache, compose.yaml:6',
    passes: [
      { compose: `${web}  cache:\n    image: redis:7.4.6\n` },
      // Moves to the newest of its line.
      { compose: `${web}  cache:\n    image: redis:7-alpine\n` },
      { compose: `${web}  cache:\n    image: valkey/valkey:8.1.4\n` },
    ],
  },
}
