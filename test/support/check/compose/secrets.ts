import type { Sides } from '../fixture.ts'
import { db, web } from './lines.ts'

export const secretFixtures: Readonly<Record<string, Sides>> = {
  'compose-db-password-weak': {
    fails: {
      compose: `${db}    environment:\n      POSTGRES_PASSWORD: \${DB_PASSWORD:-change_me123}\nvolumes: {data: }\n`,
    },
    at: 'db, compose.yaml:9',
    passes: [
      { compose: `${db}    environment: {POSTGRES_PASSWORD: "\${DB_PASSWORD}"}\n` },
      { compose: `${db}    environment: {POSTGRES_PASSWORD: 9f2c61d07b84e3a5, POSTGRES_USER: shop}\n` },
      { compose: `${db}    environment: {POSTGRES_PASSWORD_FILE: /run/secrets/db}\n` },
      { compose: `${db}    environment: {POSTGRES_PASSWORD: "\${DB_PASSWORD:?}"}\n` },
      { compose: `${db}    environment: {POSTGRES_PASSWORD: "{{ password }}"}\n` },
      // A server takes its own variables only, of an env file that others read too.
      { compose: `${db}  queue:\n    image: rabbitmq:4\n    environment: {POSTGRES_PASSWORD: postgres}\n` },
      // MySQL's image heeds the first only where there is no other.
      {
        compose: `${web}  db:\n    image: mysql:8.4\n    volumes: ["data:/var/lib/mysql"]\n    environment:
      MYSQL_ALLOW_EMPTY_PASSWORD: "1"
      MYSQL_ROOT_PASSWORD: 9f2c61d07b84e3a5\n`,
      },
      // The database is elsewhere.
      { compose: `${web}    environment: {DATABASE_URL: "postgres://shop:9f2c61d07b84e3a5@host/shop"}\n` },
    ],
  },
  'compose-secret-literal': {
    fails: { compose: `${web}    environment:\n      - STRIPE_API_KEY=sk_test_4eC39HqLyjWDarjtT1zdp7dc\n` },
    at: 'web, compose.yaml:6',
    passes: [
      { compose: `${web}    environment: {STRIPE_API_KEY: "\${STRIPE_API_KEY}", TOKEN_LIFETIME: 3600}\n` },
      { compose: `${web}    environment: {NEXT_PUBLIC_API_KEY: abc, SECRET_KEY_FILE: /run/secrets/key}\n` },
      { compose: `${web}    environment: {DATABASE_URL: "postgres://shop:\${PASSWORD}@db/shop"}\n` },
      // Ansible puts the password there; the other is a key of nothing.
      { compose: `${web}    environment: {API_KEY: "{{ api_key }}", STRIPE_API_KEY: sk_test_placeholder}\n` },
    ],
  },
  'compose-secret-fallback': {
    fails: { compose: `${web}    environment:\n      SECRET_KEY: \${SECRET_KEY:-9f2c61d07b84e3a5}\n` },
    at: 'web, compose.yaml:6',
    passes: [
      { compose: `${web}    environment: {SECRET_KEY: "\${SECRET_KEY}"}\n` },
      { compose: `${web}    environment: {LANGUAGE: "\${LANGUAGE:-es}"}\n` },
    ],
  },
}
