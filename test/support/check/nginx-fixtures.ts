import type { Sides } from './fixture.ts'

/** The app behind an nginx of its own. */
function behind(image = 'nginx:1.30', more = ''): string {
  return `  web:
    build: .
    command: gunicorn shop.wsgi
    expose: ["8000"]
  proxy:
    image: ${image}
    ports: ["80:80"]
    volumes: ["./site.conf:/etc/nginx/conf.d/default.conf"]
    depends_on: [web]
${more}`
}

const site = (...lines: readonly string[]) => ({
  'site.conf': `server {\n  listen 80;\n  ${lines.join('\n  ')}\n  location / { proxy_pass http://web:8000; }\n}\n`,
})
const media = (...lines: readonly string[]) => site(`location /media/ { alias /media/; ${lines.join(' ')} }`)
/** Reached past the gateway, which ends TLS for everyone else. */
const reached = behind('nginx:1.30', '    x-muelle: {role: backing}\n').replace(
  '    expose',
  '    ports: ["8000:8000"]\n    expose',
)
const django = `  web:
    build: .
    ports: ["8000:8000"]
    command: gunicorn shop.wsgi
`

/** As most have it: port 80 redirects to https, and the pages are on 443. */
const redirecting = (...lines: readonly string[]) => ({
  'site.conf': `upstream app { server web:8000; }\nserver {\n  listen [::]:80;\n  listen 80 default_server;\n  ${lines.join('\n  ')}\n}
server {\n  listen 443 ssl;\n  location / { proxy_pass http://app; proxy_set_header X-Forwarded-Proto $scheme; }\n}\n`,
})
const withDomain = (more = '') => behind('nginx:1.30', `x-muelle: {domains: [shop.example.com]${more}}\n`)

export const nginxFixtures: Readonly<Record<string, Sides>> = {
  'nginx-redirect-loop': {
    fails: {
      compose: withDomain(),
      files: redirecting(
        'location /health/ { return 200; }',
        'location / {',
        'return 301 https://$host$request_uri; }',
      ),
    },
    at: 'proxy, site.conf:7',
    passes: [
      { compose: withDomain(), files: site() },
      // Only who came by http is sent to https.
      {
        compose: withDomain(),
        files: redirecting(
          'if ($http_x_forwarded_proto = http) { return 301 https://$host$request_uri; }',
          'location / { proxy_pass http://app; }',
        ),
      },
      // Another server of the port has the pages.
      {
        compose: withDomain(),
        files: {
          'site.conf': `${redirecting('return 301 https://shop.example.com;')['site.conf']}${site()['site.conf']}`,
        },
      },
      { compose: withDomain(), files: { 'site.conf': 'gzip on;\n' } },
    ],
  },
  'nginx-scheme-lost': {
    fails: { compose: withDomain(), files: site('proxy_set_header X-Forwarded-Proto $scheme;') },
    at: 'proxy, site.conf:3',
    passes: [
      { compose: withDomain(), files: site('proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;') },
      // Nobody comes by https.
      { compose: withDomain(', tls: "off"'), files: site('proxy_set_header X-Forwarded-Proto $scheme;') },
      { compose: behind(), files: site('proxy_set_header X-Forwarded-Proto $scheme;') },
      // The gateway does not ask the server of port 443.
      { compose: withDomain(), files: redirecting('location / { proxy_pass http://app; }') },
    ],
  },
  'nginx-version-old': {
    fails: { compose: behind('nginx:1.25-alpine'), files: site() },
    at: 'proxy, compose.yaml:7',
    passes: [
      { compose: behind(), files: site() },
      { compose: behind('nginx:alpine'), files: site() },
      {
        compose: behind('nginx:1.30'),
        files: site(),
        images: { proxy: { env: { NGINX_VERSION: '1.30.6' } } },
      },
    ],
  },
  'gunicorn-forwarded-any': {
    fails: {
      compose:
        `${django} --forwarded-allow-ips=*\n    networks: [shared]\nnetworks: {shared: {external: true}}\n`.replace(
          'wsgi\n ',
          'wsgi ',
        ),
    },
    at: 'web, compose.yaml:5',
    passes: [
      // Only the gateway reaches it.
      { compose: `${django.trimEnd()} --forwarded-allow-ips=*\n` },
      { compose: django },
    ],
  },
  'nginx-tls-old': {
    fails: { compose: reached, files: site('ssl_protocols TLSv1 TLSv1.2;') },
    at: 'proxy, site.conf:3',
    passes: [
      { compose: reached, files: site('ssl_protocols TLSv1.2 TLSv1.3;') },
      // Behind the gateway nobody asks it for TLS.
      { compose: behind(), files: site('ssl_protocols TLSv1 TLSv1.2;') },
    ],
  },
  'nginx-body-limit-default': {
    fails: { compose: behind(), files: media() },
    at: 'proxy, site.conf:1',
    passes: [
      { compose: behind(), files: media('client_max_body_size 20m;') },
      { compose: behind(), files: site() },
    ],
  },
  'nginx-connect-timeout-default': {
    fails: { compose: behind().replace('build: .', 'build: .\n    deploy: {replicas: 2}'), files: site() },
    at: 'proxy, site.conf:1',
    passes: [
      {
        compose: behind().replace('build: .', 'build: .\n    deploy: {replicas: 2}'),
        files: site('proxy_connect_timeout 2s;'),
      },
      // There is no other replica to ask.
      { compose: behind(), files: site() },
    ],
  },
  'nginx-forwarded-trusted': {
    fails: { compose: reached, files: site('set_real_ip_from 0.0.0.0/0;') },
    at: 'proxy, site.conf:3',
    passes: [
      { compose: behind(), files: site('proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;') },
      { compose: reached, files: site('set_real_ip_from 172.16.0.0/12;') },
      // The gateway writes the header anew.
      { compose: behind(), files: site('set_real_ip_from 0.0.0.0/0;') },
    ],
  },
  'nginx-default-server-missing': {
    fails: { compose: behind(), files: site('server_name shop.example.com;') },
    at: 'proxy, site.conf:1',
    passes: [
      { compose: behind(), files: site('server_name _;') },
      // The gateway refuses names that it does not know.
      {
        compose: behind('nginx:1.30', 'x-muelle: {domains: [shop.example.com]}\n'),
        files: site('server_name shop.example.com;'),
      },
    ],
  },
  'gateway-login-unlimited': {
    fails: { compose: django },
    at: 'web, compose.yaml:2',
    passes: [
      { compose: `${django}x-muelle: {paths: {/admin/login/: {rate: 30r/m}}}\n` },
      { compose: behind(), files: site('limit_req zone=login burst=5;') },
      { compose: `  web:\n    image: example/blog:1\n    ports: ["80:80"]\n` },
    ],
  },
  'nginx-media-executable': {
    fails: { compose: behind(), files: media() },
    at: 'proxy, site.conf:3',
    passes: [
      { compose: behind(), files: media('add_header Content-Disposition attachment;') },
      { compose: behind(), files: media('add_header Content-Security-Policy sandbox;') },
      { compose: behind(), files: site('location /static/ { alias /static/; }') },
    ],
  },
  'nginx-ocsp-stapling': {
    fails: { compose: behind(), files: site('ssl_stapling on;') },
    at: 'proxy, site.conf:3',
    passes: [{ compose: behind(), files: site('ssl_stapling off;') }],
  },
}
