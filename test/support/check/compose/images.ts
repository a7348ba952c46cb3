import type { Sides } from '../fixture.ts'
import { django, web } from './lines.ts'

export const imageFixtures: Readonly<Record<string, Sides>> = {
  'compose-image-unpinned': {
    fails: { compose: `${web}  cache:\n    image: redis:latest\n` },
    at: 'cache, compose.yaml:6',
    passes: [
      { compose: `${web}  cache:\n    image: redis:7-alpine\n` },
      { compose: `${web}    image: shop\n  worker:\n    image: shop\n`, files: django },
      { compose: `${web}  certbot:\n    image: certbot/certbot\n` },
    ],
  },
  'compose-timescale-moving': {
    fails: {
      compose: `${web}  db:\n    image: timescale/timescaledb:latest-pg15\n    volumes: ["d:/var/lib/postgresql/data"]\n`,
    },
    at: 'db, compose.yaml:6',
    passes: [
      {
        compose: `${web}  db:\n    image: timescale/timescaledb:2.19.3-pg17\n    volumes: ["d:/var/lib/postgresql/data"]\n`,
      },
    ],
  },
  'compose-image-end-of-life': {
    fails: {
      compose: web,
      files: { Dockerfile: '# syntax=docker/dockerfile:1\nFROM python:3.8-slim AS python\n' },
    },
    at: 'web, Dockerfile:2',
    passes: [
      { compose: web, files: django },
      { compose: web, files: { Dockerfile: 'FROM python:3.8-slim\n' }, today: '2024-10-06' },
      { compose: `${web}  cache:\n    image: redis:7\n` },
    ],
  },
  'compose-user-root': {
    fails: {
      compose: web,
      files: { Dockerfile: 'FROM python:3.11-slim AS base\nUSER app\nFROM python:3.11-slim\n' },
    },
    at: 'web, Dockerfile',
    passes: [
      { compose: web, files: django },
      { compose: web, files: { Dockerfile: 'FROM python:3.11-slim AS base\nUSER app\nFROM base\n' } },
      { compose: `${web}    user: "1000"\n`, files: { Dockerfile: 'FROM python:3.11-slim\n' } },
      { compose: web, files: { Dockerfile: 'FROM shop-base:1\n' }, images: { web: { user: 'app' } } },
    ],
  },
  'compose-version-obsolete': {
    fails: { compose: `${web}version: "3.8"\n` },
    at: 'compose.yaml:5',
    passes: [{ compose: web }],
  },
  'compose-image-no-digest': {
    fails: { compose: `${web}  cache:\n    image: redis:7\n` },
    at: 'cache, compose.yaml:6',
    passes: [{ compose: `${web}  cache:\n    image: redis:7@sha256:${'a'.repeat(64)}\n` }],
  },
}
