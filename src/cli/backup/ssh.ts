import { readRepositoryAddress } from '../../app/repository-address.ts'
import { MuelleError } from '../../errors/muelle-error.ts'
import { type CliServices, type Input, type Io, text } from '../command.ts'
import { findApp } from '../find-app.ts'
import type { Verb } from './verb.ts'

export const sshKey: Verb = async (_, { repositories }) => {
  const { haveSshFolder } = await import('../../backup/repository/ssh.ts')
  const value = await haveSshFolder(repositories.ssh)
  return {
    data: { key: value },
    text: `${value}\n\nEnter it in authorized_keys of the user that the address of the repository names.`,
  }
}

export const trust: Verb = async ({ input, io }, services) => {
  const location = text(input, 'from') ?? (await ownLocation(input, io, services))
  const address = readRepositoryAddress(location)
  if (typeof address === 'string' || address.kind !== 'sftp') {
    throw new MuelleError('USAGE', `${location} is no repository on an SFTP server.`, {
      hint: 'Name it:  muelle backup trust --from sftp:USER@HOST:/PATH',
    })
  }
  const [{ trustHost }, { chooseHostKeys }, { askServerKeys, haveSshFolder }] = await Promise.all([
    import('../../source/known-hosts.ts'),
    import('../choose-host-keys.ts'),
    import('../../backup/repository/ssh.ts'),
  ])
  const { ssh } = services.repositories
  await haveSshFolder(ssh)
  const chosen = await chooseHostKeys(await askServerKeys(address), address.host, {
    ...{ fingerprint: text(input, 'fingerprint'), again: `muelle backup trust --from ${location}` },
    ask: (question) => io.ask(question),
  })
  await trustHost(
    ssh.knownHosts,
    address,
    chosen.map(({ line }) => line),
  )
  const fingerprints = chosen.map(({ fingerprint }) => fingerprint)
  return {
    data: { host: address.host, fingerprints },
    text: `${address.host} is known by ${fingerprints.join(', ')}.`,
  }
}

async function ownLocation(input: Input, io: Io, services: CliServices): Promise<string> {
  const [{ readLiveModel }, { backupSettings }] = await Promise.all([
    import('../../deploy/live-model.ts'),
    import('../../backup/contents.ts'),
  ])
  const name = findApp(input, io, { store: services.store })
  return backupSettings(await readLiveModel(name, services)).to ?? '/'
}
