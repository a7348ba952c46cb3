import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { haveImage } from './have-image.ts'
import { type Cleanup, docker, type Host } from './host.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Pebble, the test server of Let's Encrypt, in the network of a gateway; it refuses nine of ten nonces. */
export interface Authority {
  /** Environment with which Muelle asks it. */
  env: Record<string, string>
  /** From now on every host name leads to the gateway. */
  letNamesLead(): Promise<void>
}

const image = 'ghcr.io/letsencrypt/pebble:latest'
const nonceRejectPercent = 90

export async function startAuthority(cleanup: Cleanup, { instance }: Host): Promise<Authority> {
  const [network, pebble, names] = ['gateway', 'pebble', 'names'].map((part) => `${instance}-${part}`) as [
    string,
    string,
    string,
  ]
  const folder = temporaryFolder(cleanup)
  const config = {
    listenAddress: '0.0.0.0:14000',
    managementListenAddress: '0.0.0.0:15000',
    certificate: '/test/certs/localhost/cert.pem',
    privateKey: '/test/certs/localhost/key.pem',
    httpPort: 80,
    tlsPort: 443,
  }
  await writeFile(join(folder, 'config.json'), JSON.stringify({ pebble: config }))
  await haveImage(image)
  await docker('network', 'create', network)
  cleanup.after(async () => {
    await docker('rm', '--force', '--volumes', pebble, names)
  })
  const environment = [`PEBBLE_WFE_NONCEREJECT=${nonceRejectPercent}`, 'PEBBLE_VA_NOSLEEP=1']
  await execa('docker', [
    ...['run', '--detach', '--name', pebble, '--network', network, '--network-alias', 'pebble'],
    ...environment.flatMap((variable) => ['--env', variable]),
    ...['--volume', `${folder}/config.json:/config.json:ro`, image],
    ...['-config', '/config.json', '-dnsserver', 'names:8053'],
  ])
  const authorityFile = join(folder, 'authority.pem')
  await writeFile(authorityFile, await docker('exec', pebble, 'cat', '/test/certs/pebble.minica.pem'))
  return {
    env: { MUELLE_ACME_SERVER: 'https://pebble:14000/dir', MUELLE_ACME_CA_FILE: authorityFile },
    letNamesLead: async () => {
      const format = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`
      const address = await docker('inspect', '--format', format, `${instance}-gateway`)
      const options = ['--network', network, '--network-alias', 'names']
      const program = ['pebble-challtestsrv', '-defaultIPv4', address, '-defaultIPv6', '']
      await execa('docker', ['run', '--detach', '--name', names, ...options, image, ...program])
      await sleep(1000)
    },
  }
}
