/**
 * What is to be done about a server that is no service of the file, so that Muelle neither starts nor sets it up. A
 * deployment and a backup that meet the same obstacle give the same advice. Pure.
 */

export const guide = 'docs/guides/database-outside.md'

/** The name by which a container reaches the machine that it runs on. */
export const machineName = 'host.docker.internal'

const machineLine = `extra_hosts: ["${machineName}:host-gateway"]`

export const whereMachineIs = `For a server of this machine outside Docker:  ${machineName}  with  ${machineLine}`

/** Docker Desktop gives the name to every container, Docker on Linux to none that does not ask for it. */
export const whyMachineIsUnknown = 'Docker on Linux knows that name only where the file gives it'

export function nameMachine(service: string): string {
  return `Give it to the service:  services: {${service}: {${machineLine}}}`
}

/** @param address where containers look for it */
export function letAnswer(address: string): string {
  return `That server has to run, to listen on ${address} and not only on localhost (PostgreSQL: listen_addresses, MySQL: bind-address), and its firewall has to let in who asks, as ${guide} says.`
}

/** @param from where the server saw the container */
export function letIn({ from, user, database }: { from: string; user: string; database: string }): string {
  return `Add to pg_hba.conf of the server, and reload it:  host  ${database}  ${user}  ${rangeOf(from)}  scram-sha-256`
}

export function createDatabase(kind: 'PostgreSQL' | 'MySQL', name: string): string {
  const statement =
    kind === 'MySQL'
      ? `CREATE DATABASE ${name}; GRANT ALL ON ${name}.* TO …;`
      : `CREATE DATABASE ${name} OWNER …;`
  return `${statement}   with the app's user, as ${guide} says`
}

/** Docker's networks are made anew with other addresses, in one of two ranges. */
function rangeOf(from: string): string {
  if (/^172\.(?:1[6-9]|2\d|3[01])\./.test(from)) return '172.16.0.0/12'
  if (from.startsWith('192.168.')) return '192.168.0.0/16'
  return `${from}/${from.includes(':') ? 128 : 32}`
}
