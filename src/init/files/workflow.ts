import { shellWord } from '../../app/shell-word.ts'

/** How a workflow of GitHub Actions reaches the server. */
export type WorkflowKind = 'github' | 'github-webhook'

export const workflowPath = '.github/workflows/deploy.yml'

/**
 * A workflow that has the server update the app after a push. It uses no action of anybody, so there is none to pin, and
 * has no way to the code: the server fetches the branch itself.
 */
export function workflow(kind: WorkflowKind, { app, branch }: { app: string; branch: string }): string {
  const { title, env, run, setUp } = kind === 'github' ? overSsh(app) : byWebhook()
  return `# Written by muelle init --ci ${kind}. After a push the server fetches the branch and deploys it.
${setUp.map((line) => `# ${line}`).join('\n')}
name: deploy

on:
  push:
    branches: [${JSON.stringify(branch)}]
  workflow_dispatch:

permissions:
  contents: read

# One after the other; of those that wait only the newest is left.
concurrency:
  group: ${JSON.stringify(`deploy-${app}`)}
  cancel-in-progress: false

jobs:
  deploy:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - name: ${title}
        shell: bash
        env:
${env.map((line) => `          ${line}`).join('\n')}
        run: |
${run.map((line) => `          ${line}`.trimEnd()).join('\n')}
`
}

interface Way {
  title: string
  setUp: readonly string[]
  env: readonly string[]
  run: readonly string[]
}

const secret = (name: string): string => `\${{ secrets.${name} }}`

function overSsh(app: string): Way {
  const command = `muelle update ${shellWord(app)}`
  return {
    title: 'Update over SSH',
    setUp: [
      'Secret DEPLOY_SERVER: ssh://USER@HOST or ssh://USER@HOST:PORT.',
      'Secret DEPLOY_SSH_KEY: the private half of a key that is for nothing else. On the server, in ~/.ssh/authorized_keys:',
      `  restrict,command="${command}" ssh-ed25519 AAAA…`,
      'Secret DEPLOY_KNOWN_HOSTS: the line of the server in a known_hosts that you trust: ssh-keyscan HOST, compared there.',
    ],
    env: [
      `SERVER: ${secret('DEPLOY_SERVER')}`,
      `SSH_KEY: ${secret('DEPLOY_SSH_KEY')}`,
      `KNOWN_HOSTS: ${secret('DEPLOY_KNOWN_HOSTS')}`,
    ],
    run: [
      'set -euo pipefail',
      'umask 077',
      'folder=$(mktemp -d)',
      `trap 'rm -rf "$folder"' EXIT`,
      `printf '%s\\n' "$SSH_KEY" >"$folder/key"`,
      `printf '%s\\n' "$KNOWN_HOSTS" >"$folder/known_hosts"`,
      'options=(-F none -i "$folder/key" -o IdentitiesOnly=yes -o BatchMode=yes)',
      'options+=(-o StrictHostKeyChecking=yes -o "UserKnownHostsFile=$folder/known_hosts")',
      'options+=(-o ConnectTimeout=20 -o ServerAliveInterval=30)',
      `ssh "\${options[@]}" -- "$SERVER" ${command}`,
    ],
  }
}

function byWebhook(): Way {
  return {
    title: 'Tell the server',
    setUp: [
      'Secret DEPLOY_WEBHOOK_URL: the address at which the agent of the server takes webhooks.',
      'Secret DEPLOY_WEBHOOK_SECRET: what it checks their signature with.',
    ],
    env: [`URL: ${secret('DEPLOY_WEBHOOK_URL')}`, `SECRET: ${secret('DEPLOY_WEBHOOK_SECRET')}`],
    run: [
      'set -euo pipefail',
      `body=$(printf '{"ref":"%s","after":"%s","repository":{"full_name":"%s"}}' \\`,
      '  "$GITHUB_REF" "$GITHUB_SHA" "$GITHUB_REPOSITORY")',
      `signature=$(printf '%s' "$body" | openssl dgst -sha256 -hmac "$SECRET" | sed 's/^.*= *//')`,
      'curl --fail-with-body --silent --show-error --max-time 30 --retry 3 \\',
      `  --header 'Content-Type: application/json' --header 'X-GitHub-Event: push' \\`,
      '  --header "X-GitHub-Delivery: $(cat /proc/sys/kernel/random/uuid)" \\',
      '  --header "X-Hub-Signature-256: sha256=$signature" \\',
      '  --data-binary "$body" -- "$URL"',
    ],
  }
}
