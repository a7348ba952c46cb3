import type { Sides } from '../fixture.ts'
import { db, web } from './lines.ts'

export const exposureFixtures: Readonly<Record<string, Sides>> = {
  'compose-db-port-public': {
    fails: { compose: `${db}    ports: ["5433:5432"]\nvolumes: {data: }\n` },
    at: 'db, compose.yaml:8',
    passes: [
      { compose: `${db}    ports: ["127.0.0.1:5432:5432"]\n` },
      { compose: db },
      // Built here, so released, and released services publish nothing.
      { compose: `${web}  db:\n    build: ./db\n    ports: ["5432:5432"]\n` },
    ],
  },
  'compose-docker-socket': {
    fails: { compose: `${web}    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]\n` },
    at: 'web, compose.yaml:5',
    passes: [{ compose: `${web}    volumes: ["/run/systemd/resolve:/resolve"]\n` }],
  },
  'compose-privileged': {
    fails: { compose: `${web}    privileged: true\n` },
    at: 'web, compose.yaml:5',
    passes: [{ compose: `${web}    privileged: false\n` }],
  },
  'compose-host-root-mounted': {
    fails: { compose: `${web}    volumes: ["/etc:/host/etc:ro"]\n` },
    at: 'web, compose.yaml:5',
    passes: [{ compose: `${web}    volumes: ["/etc/localtime:/etc/localtime:ro", "/srv/data:/data"]\n` }],
  },
  'compose-host-namespace': {
    fails: { compose: `${web}    pid: host\n` },
    at: 'web, compose.yaml:5',
    passes: [
      { compose: `${web}    extra_hosts: ["host.docker.internal:host-gateway"]\n` },
      // Muelle does certbot's work, and does not start it.
      { compose: `${web}  certbot:\n    image: certbot/certbot\n    network_mode: host\n` },
    ],
  },
  'compose-capability-dangerous': {
    fails: { compose: `${web}    cap_add: [SYS_ADMIN]\n` },
    at: 'web, compose.yaml:5',
    passes: [{ compose: `${web}    cap_add: [NET_BIND_SERVICE]\n` }],
  },
  'compose-port-past-gateway': {
    fails: { compose: `${web}  queue:\n    image: rabbitmq:4-management\n    ports: ["15672:15672"]\n` },
    at: 'queue, compose.yaml:7',
    passes: [
      { compose: `${web}  queue:\n    image: rabbitmq:4-management\n    ports: ["127.0.0.1:15672:15672"]\n` },
      { compose: `${web}  admin:\n    image: adminer:5\n    ports: ["8080:8080"]\n` },
      { compose: `${web}    x-muelle: {role: web}\nx-muelle: {domains: [shop.example.com]}\n` },
    ],
  },
  'compose-include-remote': {
    fails: { compose: `${web}include:\n  - https://example.com/shop.git#main\n` },
    at: 'compose.yaml:5',
    passes: [
      { compose: `${web}include: [monitoring.yaml]\n` },
      { compose: `${web}include:\n  - path: https://example.com/shop.git#${'a'.repeat(40)}\n` },
    ],
  },
}
