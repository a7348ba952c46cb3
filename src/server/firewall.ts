import { z } from 'zod'

/** What the rules of nftables let through to this machine, as far as rules tell. Pure. libnftables-json(5). */

/**
 * `before-docker`: shut to what is not named, whatever port a container opens. `behind-docker`: shut, but for ports that
 * containers publish, which never come by there.
 */
export interface Firewall {
  state: 'before-docker' | 'behind-docker' | 'none' | 'unknown'
  /** `inet server`, where there is one. */
  table?: string
}

const chainSchema = z.object({
  family: z.string(),
  table: z.string(),
  name: z.string(),
  type: z.string(),
  hook: z.string(),
  prio: z.int(),
  policy: z.string().optional(),
})
const ruleSchema = z.object({
  family: z.string(),
  table: z.string(),
  chain: z.string(),
  expr: z.array(z.record(z.string(), z.unknown())),
})
const rulesetSchema = z.object({ nftables: z.array(z.record(z.string(), z.unknown())) })

type Chain = z.infer<typeof chainSchema>
type Rule = z.infer<typeof ruleSchema>

/** At which Docker gives a packet another address and port. */
const dstnat = -100

/** @param text of `nft --json list ruleset` */
export function readFirewall(text: string): Firewall {
  const { nftables } = rulesetSchema.parse(JSON.parse(text))
  const chains = nftables.flatMap(({ chain }) => chainSchema.safeParse(chain).data ?? [])
  const rules = nftables.flatMap(({ rule }) => ruleSchema.safeParse(rule).data ?? [])
  const shut = chains.filter((chain) => chain.type === 'filter' && isShut(chain, rules))
  const before = shut.find(({ hook, prio }) => hook === 'prerouting' && prio < dstnat)
  const behind = shut.find(({ hook }) => hook === 'input')
  const found = before ?? behind
  if (found === undefined) return { state: 'none' }
  return {
    state: before === undefined ? 'behind-docker' : 'before-docker',
    table: `${found.family} ${found.table}`,
  }
}

/** What none of its rules lets through is dropped, by its policy or by its last rule. */
function isShut(chain: Chain, rules: readonly Rule[]): boolean {
  if (chain.policy === 'drop') return true
  const last = rules.findLast(
    (rule) => rule.family === chain.family && rule.table === chain.table && rule.chain === chain.name,
  )
  const verdicts = (last?.expr ?? []).filter((part) => !('counter' in part) && !('log' in part))
  const [only, ...others] = verdicts
  return only !== undefined && others.length === 0 && ('drop' in only || 'reject' in only)
}

/** Jails that are watched. @param text of `fail2ban-client status` */
export function readJails(text: string): string[] {
  const list = /Jail list:\s*(.*)$/m.exec(text)?.[1] ?? ''
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
