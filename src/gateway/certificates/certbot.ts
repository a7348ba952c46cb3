import { createHash } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine, ExecResult } from '../../engine/port.ts'
import { labels } from '../../release/names.ts'
import { root } from '../../root.ts'
import type { Order } from '../config/renewal.ts'
import type { Pod } from '../pod.ts'
import {
  type CertbotOptions,
  certbotArguments,
  certbotName,
  deleteArguments,
  installArguments,
  orderArguments,
} from './certbot-arguments.ts'

const program = join(root, 'src/gateway/certificates/patient_certbot.py')

/** Certbot works one request at a time, and looks for renewals when its container starts. */
const lockedForMs = 120_000
const pollMs = 500

export function createCertbot(
  engine: Engine,
  settings: Omit<CertbotOptions, 'hasAuthority'> & { authorityFile: string | undefined },
) {
  const { authorityFile } = settings
  const options: CertbotOptions = { ...settings, hasAuthority: authorityFile !== undefined }

  const ensure = async (pod: Pod): Promise<void> => {
    const argv = certbotArguments(pod, options)
    const definition = createHash('sha256').update(JSON.stringify(argv)).digest('hex').slice(0, 16)
    const [found] = await engine.containers({ pod: pod.name, role: 'certbot' })
    if (found?.running === true && found.definition === definition) return
    if (found !== undefined) await engine.removeContainer(found.id)
    const own = join(pod.folder, 'letsencrypt', 'muelle')
    await mkdir(own, { recursive: true })
    await mkdir(join(pod.folder, 'challenges'), { recursive: true })
    await copyFile(program, join(own, 'patient_certbot.py'))
    if (authorityFile !== undefined) await copyFile(authorityFile, join(own, 'authority.pem'))
    await engine.run(['--label', `${labels.definition}=${definition}`, ...argv])
  }

  const run = async (pod: Pod, argv: readonly string[]): Promise<ExecResult> => {
    const giveUp = Date.now() + lockedForMs
    while (true) {
      const result = await engine.exec(certbotName(pod), argv)
      const isLocked = result.exitCode !== 0 && result.output.includes('Another instance of Certbot')
      if (!isLocked || Date.now() > giveUp) return result
      await sleep(pollMs)
    }
  }

  return {
    /** @returns why there is no certificate, or undefined when there is one, and nginx was told */
    order: async (pod: Pod, order: Order): Promise<string | undefined> => {
      await ensure(pod)
      const { exitCode, output } = await run(pod, orderArguments(order, options))
      if (exitCode !== 0) return `${explain(output)}; ${await whereTheyLead(order.domains)}`
      const installed = await engine.exec(certbotName(pod), installArguments(order))
      return installed.exitCode === 0 ? undefined : installed.output.trim()
    },

    forget: async (pod: Pod, lineages: readonly string[]): Promise<void> => {
      const [found] = await engine.containers({ pod: pod.name, role: 'certbot' })
      if (found?.running !== true) return
      for (const name of lineages) await run(pod, deleteArguments(name))
    },
  }
}

/** Certbot tells what the authority found after `Detail:`, and anything else in its last lines. */
function explain(output: string): string {
  const lines = output.split('\n').map((line) => line.trim())
  const details = lines
    .filter((line) => line.startsWith('Detail:'))
    .map((line) => line.slice('Detail:'.length).trim())
  const [first] = details.length > 0 ? details : lines.filter((line) => /error|:: /i.test(line)).slice(-1)
  return first ?? lines.filter(Boolean).slice(-2).join(' ')
}

/** By far the commonest cause is a name that leads elsewhere. */
async function whereTheyLead(domains: readonly string[]): Promise<string> {
  const found = domains.map(async (domain) => {
    const address = await lookup(domain).catch(() => undefined)
    return `${domain} leads to ${address?.address ?? 'nowhere'} from here`
  })
  return (await Promise.all(found)).join(', ')
}
