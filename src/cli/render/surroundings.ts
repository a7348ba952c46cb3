import type { Surroundings } from '../../server/look.ts'
import { table } from './format.ts'

const guide = 'docs/guides/server.md'

const firewalls: Readonly<Record<Surroundings['firewall']['state'], (where: string) => string>> = {
  'before-docker': (where) => `shuts what it does not name, before Docker opens a port (table ${where})`,
  'behind-docker': (where) =>
    `shuts what it does not name (table ${where}), but for ports that containers publish: they never come by there. → ${guide}`,
  none: () => `nftables has none. One of the provider, before the machine, is not seen from here. → ${guide}`,
  unknown: () => 'not seen: it takes root and the program nft. → sudo muelle check --server',
}

/** For people, a line each. */
export function renderSurroundings({ firewall, jails }: Surroundings): string {
  const watched = jails?.includes('muelle') === true
  const fail2ban =
    jails === undefined
      ? `does not run, or only root may ask it. → ${guide}`
      : `watches ${jails.join(', ') || 'nothing'}${watched ? '' : `, and not the gateway. → ${guide}`}`
  return table([
    ['firewall', firewalls[firewall.state](firewall.table ?? '')],
    ['fail2ban', fail2ban],
  ])
}
