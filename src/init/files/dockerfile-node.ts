import type { Package } from '../node/package.ts'

/** A Dockerfile for a Node app: what is built stays in a stage of its own. */
export function nodeDockerfile(
  own: Package,
  { port, folders }: { port: number; folders: readonly string[] },
): string {
  const base = `FROM node:${own.version}-alpine`
  const { copy, all, production, prune } = steps(own)
  const owned =
    folders.length === 0
      ? []
      : [
          `# A new volume takes over the owner of the folder that it covers.\nRUN install -d -o node -g node ${folders.join(' ')}`,
        ]
  const end = [
    ...owned,
    `ENV NODE_ENV=production \\\n    PATH=/app/node_modules/.bin:$PATH`,
    `USER node\nEXPOSE ${port}\nCMD ${JSON.stringify(startCommand(own.start)).replaceAll('","', '", "')}`,
  ]
  const parts = own.build
    ? [
        `${base} AS build\nWORKDIR /app\n${copy}\n${all}\nCOPY . .\nRUN ${own.manager} run build${prune}`,
        `${base}\nWORKDIR /app`,
        '# Owned by root: a hole in the app cannot rewrite it.\nCOPY --from=build /app ./',
        ...end,
      ]
    : [
        `${base}\nWORKDIR /app`,
        `${copy}\n${production}`,
        '# Owned by root: a hole in the app cannot rewrite it.\nCOPY . .',
        ...end,
      ]
  return `${parts.join('\n\n')}\n`
}

function steps({ manager, hasLock }: Package) {
  if (manager === 'yarn') {
    const run = 'RUN corepack enable && yarn install --immutable || yarn install --frozen-lockfile'
    return { copy: 'COPY package.json yarn.lock ./', all: run, production: run, prune: '' }
  }
  if (manager === 'pnpm') {
    const run = 'RUN corepack enable && pnpm install --frozen-lockfile'
    return {
      copy: 'COPY package.json pnpm-lock.yaml ./',
      all: run,
      production: `${run} --prod`,
      prune: ' && pnpm prune --prod',
    }
  }
  const run = `RUN npm ${hasLock ? 'ci' : 'install'} --no-audit --no-fund`
  return {
    copy: 'COPY package*.json ./',
    all: run,
    production: `${run} --omit=dev`,
    prune: ' && npm prune --omit=dev',
  }
}

/** npm keeps a shell between itself and the app, which may keep SIGTERM; a plain command is started without either. */
function startCommand(start: string): string[] {
  const isPlain =
    /^[\w./@:=-]+(?:\s+[\w./@:=-]+)*$/.test(start) &&
    !/^\w+=/.test(start) &&
    !/^(?:npm|yarn|pnpm)\b/.test(start)
  return isPlain ? start.trim().split(/\s+/) : ['npm', 'start']
}
