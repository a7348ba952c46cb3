import type { Sides } from '../fixture.ts'
import { db, web } from './lines.ts'

export const dataFixtures: Readonly<Record<string, Sides>> = {
  'compose-data-unmounted': {
    fails: {
      compose: `${web}  db:
    image: postgres:15
    volumes: ["./init.sql:/docker-entrypoint-initdb.d/init.sql"]
`,
    },
    at: 'db, compose.yaml:5',
    passes: [
      { compose: db },
      { compose: `${web}  db:\n    image: postgres:15\n    volumes: ["./data:/var/lib/postgresql"]\n` },
      { compose: `${web}  db:\n    image: postgres:15\n    tmpfs: [/var/lib/postgresql/data]\n` },
      // A cache may forget.
      { compose: `${web}  cache:\n    image: redis:7\n` },
    ],
  },
  'compose-volume-anonymous': {
    fails: { compose: `${web}    volumes: [/app/media]\n` },
    at: 'web, compose.yaml:5',
    passes: [{ compose: `${web}    volumes: ["media:/app/media", /app/node_modules]\n` }],
  },
  'compose-source-mounted': {
    fails: { compose: `${web}    volumes: [".:/app"]\n` },
    at: 'web, compose.yaml:5',
    passes: [
      { compose: `${web}    volumes: ["./media:/app/media"]\n` },
      { compose: `${web}    volumes: [".:/etc/shop"]\n` },
      { compose: `${web}  proxy:\n    image: nginx:1.30\n    volumes: [".:/srv/www"]\n` },
      // Where the image puts what it built, for others to serve.
      {
        compose: `${web}    volumes: [".:/app/out"]\n`,
        files: { Dockerfile: 'FROM node:24\nWORKDIR /app\nCOPY . .\nCMD ["cp", "-r", "build", "out"]\n' },
      },
    ],
  },
}
