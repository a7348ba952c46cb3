import { readLiveModel } from '../../deploy/live-model.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import type { HostKey } from '../../source/keys.ts'
import { type Command, type Input, type Io, type Output, text } from '../command.ts'
import { findApp } from '../find-app.ts'

export const source: Command = {
  name: 'source',
  summary: 'Let this machine read the Git repository of an app by SSH',
  details: [
    'key prints the public deploy key of the app, which is made when there is none; trust makes the key of the host known, once you have compared it',
  ],
  arguments: [
    { name: '<key|trust>', description: 'key: to be entered as a read-only deploy key; trust: the host' },
    { name: '[app]', description: 'an app or its folder (default: the current folder)' },
  ],
  options: [
    { flags: '--fingerprint <value>', description: 'trust: what the host has to show, without being asked' },
  ],
  isAboutApp: true,
  returnsData: true,
  examples: ['muelle source key shop', 'muelle source trust shop --fingerprint SHA256:…'],
  run: async (input, io) => {
    const [verb, named] = input.args
    if (verb !== 'key' && verb !== 'trust') {
      throw new MuelleError('USAGE', `${verb} is neither key nor trust.`, { hint: 'Say:  muelle source key' })
    }
    const { sources, store } = await io.services()
    const app = findApp(input, io, { store, named })
    if (verb === 'trust') return trust(app, input, io)
    const { havePublicKey } = await import('../../source/keys.ts')
    const key = await havePublicKey(sources.folderOf(app).key, `muelle ${app}`)
    return {
      data: { app, key },
      text: `${key}\n\nEnter it where the repository is, as a deploy key that may only read.`,
    }
  },
}

async function trust(app: string, input: Input, io: Io): Promise<Output> {
  const services = await io.services()
  const { settings } = await readLiveModel(app, services)
  const [{ readAddress }, { askHostKeys }, { trustHost }] = await Promise.all([
    import('../../source/address.ts'),
    import('../../source/keys.ts'),
    import('../../source/known-hosts.ts'),
  ])
  const address = readAddress(settings.update?.repo ?? '/')
  if (address.kind !== 'ssh') {
    throw new MuelleError('SOURCE_MISSING', `${app} is not updated by SSH.`, {
      hint: 'Write where from, and deploy that once:  x-muelle: {update: {repo: "git@HOST:OWNER/NAME.git"}}',
    })
  }
  const keys = await askHostKeys(address)
  const chosen = await choose(keys, address.host, { input, io })
  await trustHost(
    services.sources.folderOf(app).knownHosts,
    address,
    chosen.map(({ line }) => line),
  )
  const fingerprints = chosen.map(({ fingerprint }) => fingerprint)
  return {
    data: { app, host: address.host, fingerprints },
    text: `${address.host} is known by ${fingerprints.join(', ')}.`,
  }
}

/** Only what somebody has compared. */
async function choose(
  keys: readonly HostKey[],
  host: string,
  { input, io }: { input: Input; io: Io },
): Promise<readonly HostKey[]> {
  const wanted = text(input, 'fingerprint')
  const list = keys.map(({ line, fingerprint }) => `  ${fingerprint} ${line.split(' ')[1]}`).join('\n')
  if (wanted === undefined) {
    const question = `${host} shows:\n${list}\nAre these its keys, as its owner tells them? Type yes: `
    if ((await io.ask(question)) === 'yes') return keys
  }
  const fitting = keys.filter(({ fingerprint }) => fingerprint === wanted)
  if (fitting.length > 0) return fitting
  throw new MuelleError('CONFIRMATION_REQUIRED', `${host} is not trusted. It shows:\n${list}`, {
    hint: 'Compare with what its owner tells, then:  muelle source trust --fingerprint SHA256:…',
  })
}
