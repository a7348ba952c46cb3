export interface UnitFacts {
  /** The argument array that runs the agent, beginning with an absolute path. */
  command: readonly string[]
  /** The state folder, and where Docker's command line keeps its own. */
  home: string
  dockerConfig: string
  /** What the agent is told of this installation. */
  environment: Readonly<Record<string, string>>
}

/**
 * Pure: the systemd unit of the agent. It may do what a deployment may: speak to Docker, read projects wherever they are,
 * write its state folder. What Docker can do for it is beyond all of that, so this keeps accidents away, not a
 * person who has the agent.
 */
export function renderUnit({ command, home, dockerConfig, environment }: UnitFacts): string {
  return `[Unit]
Description=Muelle agent
Wants=network-online.target
After=network-online.target docker.service
StartLimitIntervalSec=0

[Service]
ExecStart=${command.map(quote).join(' ')}
${Object.entries(environment)
  .map(([name, value]) => `Environment=${quote(`${name}=${value}`)}\n`)
  .join('')}Restart=always
RestartSec=2
TimeoutStopSec=30
# Deployments are processes of their own, which go on while the agent is restarted or replaced.
KillMode=process
# So no PrivateTmp either: a restart would take the folder away from them.

NoNewPrivileges=yes
ProtectSystem=full
ProtectHome=read-only
ReadWritePaths=${quote(home)} ${quote(`-${dockerConfig}`)}
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
CapabilityBoundingSet=~CAP_SYS_ADMIN CAP_SYS_MODULE CAP_SYS_BOOT CAP_SYS_RAWIO CAP_SYS_TIME CAP_NET_ADMIN CAP_NET_RAW CAP_MKNOD CAP_BPF

[Install]
WantedBy=multi-user.target
`
}

/** As systemd reads it (systemd.service(5), "Command lines"): quotes, backslashes, and its own specifiers. */
function quote(text: string): string {
  if (/^[\w./:=-]+$/.test(text)) return text
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$')
    .replaceAll('\n', '\\n')
  return `"${escaped}"`
}
