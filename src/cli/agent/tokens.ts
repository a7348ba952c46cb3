import { MuelleError } from '../../errors/muelle-error.ts'
import { type Scope, scopes } from '../../store/access.ts'
import { type Input, type Output, text } from '../command.ts'
import { table } from '../render/format.ts'
import type { Request, Verb } from './verb.ts'

export const token: Verb = async (request) => {
  const [verb = 'ls', name = ''] = request.rest
  if (verb === 'ls') return list(request)
  if (verb === 'setup') return setUp(request)
  const { addToken, removeToken, tokenName } = await import('../../agent/tokens.ts')
  if ((verb !== 'add' && verb !== 'rm') || !tokenName.safeParse(name).success) {
    throw new MuelleError('USAGE', 'A name of small letters, digits, - and _ is needed.', {
      hint: 'Say:  muelle agent token add ci --scope deploy   or:  muelle agent token rm ci',
    })
  }
  const { store } = await request.io.services()
  if (verb === 'rm') {
    removeToken(name, store)
    store.audit({ actor: 'command line', action: `token rm ${name}`, outcome: 'done' })
    return { data: { removed: name }, text: `The token ${name} is worthless now.` }
  }
  const made = addToken({ name, scope: readScope(request.input) }, store)
  store.audit({ actor: 'command line', action: `token add ${name} (${made.scope})`, outcome: 'done' })
  return { data: made, text: `${made.token}\n\nIt is shown this once: only its hash is kept.` }
}

async function list({ io }: Request): Promise<Output> {
  const { store } = await io.services()
  const rows = store.tokens()
  const lines = rows.map((row) => [
    row.name,
    row.scope,
    row.createdAt,
    row.lastUsedAt ?? 'never',
    row.expiresAt === null ? '' : `once, until ${row.expiresAt}`,
  ])
  return { data: rows, text: table([['TOKEN', 'SCOPE', 'MADE', 'LAST USED', 'GOOD'], ...lines]) }
}

async function setUp({ io }: Request): Promise<Output> {
  const { addSetupToken } = await import('../../agent/tokens.ts')
  const { store } = await io.services()
  const made = addSetupToken(store)
  store.audit({ actor: 'command line', action: 'token setup', outcome: 'done' })
  return { data: made, text: describeSetup(made) }
}

/** What whoever sets up the first administrator has to know. */
export function describeSetup({ token, expiresAt }: { token: string; expiresAt: string }): string {
  return [
    token,
    '',
    `Good once, until ${expiresAt}, to make the token of an administrator; it is shown this once:`,
    `  curl -X POST -H "Authorization: Bearer TOKEN" -d '{"name":"ada"}' https://HOST/v1/setup`,
  ].join('\n')
}

function readScope(input: Input): Scope {
  const given = text(input, 'scope') ?? 'read'
  const scope = scopes.find((known) => known === given)
  if (scope !== undefined) return scope
  throw new MuelleError('USAGE', `${given} is none of ${scopes.join(', ')}.`, {
    hint: 'Say:  muelle agent token add ci --scope deploy',
  })
}

export const audit: Verb = async ({ io }) => {
  const { store } = await io.services()
  const rows = store.auditLog({ before: Number.MAX_SAFE_INTEGER, limit: 50 })
  return {
    data: rows,
    text:
      rows.length === 0
        ? 'Nobody has asked the agent to change anything.'
        : table([
            ['AT', 'WHO', 'WHAT', 'ANSWER'],
            ...rows.map((row) => [row.at, row.actor, row.action, row.outcome]),
          ]),
  }
}
