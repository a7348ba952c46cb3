import { readLiveModel } from '../../deploy/live-model.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { chooseHostKeys } from '../choose-host-keys.ts'
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
  const chosen = await chooseHostKeys(keys, address.host, {
    ...{ fingerprint: text(input, 'fingerprint'), again: 'muelle source trust' },
    ask: (question) => io.ask(question),
  })
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
