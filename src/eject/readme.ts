import { production } from '../app/environment.ts'
import { type EjectedFile, type Ejection, frontNames, needsFront } from './ejection.ts'
import type { Values } from './secrets.ts'
import type { Story } from './story.ts'

/** One page about the folder, for whoever finds it. */
export function readme(ejection: Ejection, story: Story, values: Values): EjectedFile {
  const { app, release } = ejection
  const parts = [
    `# ${app.name} without Muelle`,
    `What Muelle ran as release ${release} of ${app.name}, as an ordinary Docker Compose project. Nothing here needs Muelle or its state folder.`,
    files(ejection),
    starting(ejection, story, values),
    '## Day by day',
    days,
    ...certificates(ejection),
    elsewhere(ejection, story),
    back(ejection),
  ]
  return { path: 'README.md', text: `${parts.join('\n\n')}\n`, mode: 0o644 }
}

function files(ejection: Ejection): string {
  const { certificate } = ejection
  const rows = [
    '| `compose.yaml` | every service under its own name, with the networks and volumes that were there; what looks like a secret is in `.env`, and a password that anybody could guess is not |',
    '| `.env`, `.env.example` | the secrets that `compose.yaml` asks for, and their names; keep `.env` to yourself |',
    ...(needsFront(ejection)
      ? ['| `nginx/` | the configuration of the nginx in front, as the gateway had it |']
      : []),
    ...(certificate === undefined ? [] : ['| `tls/` | private key and certificate in one file |']),
    '| `start`, `stop`, `update`, `status` | `.sh` for Linux and macOS, `.ps1` for PowerShell |',
  ]
  return ['| | |', '|---|---|', ...rows].join('\n')
}

function starting({ app }: Ejection, story: Story, values: Values): string {
  const runs = story.commands.length === 0 ? '' : ', runs the release commands'
  const first = [
    `1. Stop Muelle's: \`muelle down ${app.name}\`. It has the ports, and two databases must not share a volume. Volumes stay. Other apps that Muelle runs here keep the ports 80 and 443: then set \`HTTP_PORT\` and \`HTTPS_PORT\` in \`.env\`, or eject them too.`,
    ...(values.size === 0
      ? []
      : ['2. Is there no `.env`? `cp .env.example .env && chmod 600 .env`, and fill it in.']),
    `${values.size === 0 ? 2 : 3}. \`./start.sh\`, or in Windows \`powershell -ExecutionPolicy Bypass -File start.ps1\`. It checks what is needed, builds images that are not here, starts the backing services${runs}, starts the rest and shows the addresses.`,
  ]
  return ['## Start', first.join('\n')].join('\n\n')
}

const days = [
  '- `./update.sh` builds the project as it is now, runs the release commands and replaces what changed. Visitors wait meanwhile: this is what Muelle did without losing a request. There is no way back but to build an older commit.',
  '- `./stop.sh` removes containers and networks. `./status.sh` shows what runs; `docker compose logs -f` what it says.',
  '- Nobody makes backups any more, and nobody watches.',
].join('\n')

function certificates({ certificate, app, acmeServer }: Ejection): string[] {
  if (certificate === undefined) return []
  const { nginx, certbot } = frontNames(app)
  const file = `tls/${app.name}.pem`
  const renewed = [
    `The \`${certbot}\` service asks for a certificate of its own when it first runs, and renews it from then on. Until it has one, visitors get the copy that is in \`${file}\`. \`docker compose restart ${certbot}\` has it ask at once; \`docker compose logs ${certbot}\` says what came of it.`,
    ...(acmeServer === undefined
      ? []
      : [
          `It asks ${acmeServer}. Where certbot does not know who signs for that, give the service REQUESTS_CA_BUNDLE.`,
        ]),
  ].join(' ')
  const kept = `\`${file}\` is what visitors get: the private key, then the certificate with its chain. Nothing here renews it. Put another into its place before it expires (\`openssl x509 -enddate -noout -in ${file}\`), then \`docker compose kill -s HUP ${nginx}\`.`
  return ['## The certificate', certificate.order === undefined ? kept : renewed]
}

function elsewhere({ app }: Ejection, story: Story): string {
  const { directory, images, volumes } = story
  const steps = [
    '- Copy this folder, `.env` included.',
    ...(directory === undefined
      ? []
      : [
          `- Copy the project, which was in \`${directory}\`, and write \`PROJECT_DIR=/where/it/is\` in \`.env\`. Paths outside of it have to be there too.`,
        ]),
    ...(images.length === 0
      ? []
      : [
          `- \`start.sh\` builds the images anew. For the very same ones: \`docker save ${images.join(' ')} | ssh HOST docker load\`.`,
        ]),
    ...(volumes.length === 0 ? [] : [bringVolumes(volumes.map(({ name }) => name))]),
  ]
  return [`## On another machine`, [...steps, `- Lead the host names of ${app.name} there.`].join('\n')].join(
    '\n\n',
  )
}

function bringVolumes(names: readonly string[]): string {
  const list = names.join(' ')
  return `- Bring the data while nothing runs. Here, and then there:

  \`\`\`sh
  for v in ${list}; do docker run --rm -v "$v:/v:ro" debian tar -C /v -c . >"$v.tar"; done
  for v in ${list}; do docker run --rm -i -v "$v:/v" debian tar -C /v -x <"$v.tar"; done
  \`\`\``
}

function back({ app, environment }: Ejection): string {
  const option = environment === production ? '' : ` --env ${environment}`
  return `## Back to Muelle

\`./stop.sh\`, then \`muelle up ${app.directory}${option}\`, with the files that you named before. The project was not changed, and the volumes are the same. Secrets that were removed from Muelle meanwhile have to be set again.`
}
